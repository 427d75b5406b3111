// A sandbox on an image of anybody's, by dockerode (npm install dockerode tar-stream): node sandbox.js IMAGE COMMAND...
// DOCKER_HOST says which engine. The command is run a hundred times in the sandbox, which then stops.
// It prints what the command said the last time, and the status with which the sandbox has ended. The long lines are
// pause, in text: scripts/text.sh.
'use strict';
const { gunzipSync } = require('zlib');
const Docker = require('dockerode');
const tar = require('tar-stream');

const PAUSE = {
  amd64: 'H4sIAAAAAAACA5WRT0gUcRTHf7PbbuuWjUGHjr+DpJdVB0RWJZmNzBHW2FqLydBl2JncndaZZWfWgpaMtqif4c26d+kYEUFLh3HKSL1keivI/kA4oWGHiChoer+dVbIg6Hd5v/d53/d+773fRG/8iI9h0ObxoR5EvXuIr/o8+vvwKAo6L0K1gT+iv9t3frTNehkIHftgykH0/0cgqw61SaG83iCQHyqbsioMj5y7AFVfzblNnb0plRlxbtGkKbMxJMwFUQNm1D0iyNRQbIhbZgNCuZu5WCfcuNDg3Kc5B2Oi6sZOPYIm+Tix42SR+9pbFV61Jz6q/lTlAYQs13UnKFUT4sxbH4/g1iRyLq33jTHraR85P/ThZ+jjpcaQGhqpXIYH2MDMARpgaaC83ixMxaEzwglzsRCEdwhlaT8irlov0g4F8rz2dhEqP22enfkOjznLoExwrrMC9kQyAVuwXlH+EnyQ5q0F8ATyxpn3QMp6VgMPPSBar2vgjgf6rBc1cNMDHapv2HoPjGw4PYDIhkBWnHa4Wdf8Vdpcpc4Q3RqTsq4DXQvRW5LOFwZc/syQOaeTCtyYeOhSKciggSmeKX6BARkxTp6wAW4h3mmz04/J/CzM8RMW5yzCcqFO9ZeJW1mtbo3dxdmTu3dO7gteWTDrokuwD9de+8TZ0SV22p6NjKNIJKPk8mDGlYKR1TUUyaDISdSK8lLRULqwppu4qMkQNHVd7sKbvGCmjOyolDYhBxeUMwDlbpzOKOmz2FDSaX0sH96uNYpGXtHkf4txWwvX0oZzWa14vlUakzvat6qckwpaVhv1Wkr0H8ZcGIWLhjQKMS/3dCRT8uYpRcZLWyMNhwU9JxtYwnldbjKwJo0pRl5KKwZMZmZzONnfN9h7fADrBXrtPzrYEka/AMiMOELhAwAA',
  arm64: 'H4sIAAAAAAACA5VRT0gUYRR/s+OfdVsdsRWhoP2sIBV21VLxT+QQmQmVNi1dItxhZ3IXd2eWmV3rIDjVxeN+4qFDUEfdLl6iTuWhg9QpsG7BrBF46CJ5cC9O75txJAuCPhje+733+71/szB2/WqA48B/AXgNDK2B6GIR/n4iDCLPyzBu7R/Z3+1oDRyxngLg1veCUgf//2weKFZY3hdO7e1OcqsRgNLyUj39yUPZ5iypwkfKA5gXwfMvoE8CltSOuAf9IDyWKmeAsnzw7Atji4+WedRt10N1u9mSsPZmOiBWo7WwkwNIJENi9TzqTiN/kVgSgLVUQU0AVoxvaBk/CrATdpwEq7U4YElJYHXWWtwc4T+vN8FUR51Xe7HVkmxfVwM7FvZAv9TeIVAF+9g42wqbg/P4uHIJmpvoOOYqC29Xcf+uCt7AEaC6gTx/fsZNArxyngBd56e/uLpkIx1iNflo10V2s8l3q24vO+zeawRjFg/9buxZmF5GDD4uheklpg0c4B9hOow46eM3YcrubHMHGBpp3+Hdj5cF9N34skDjB/GTfuypQHmAiOu/b6IEczzrDSC1oO1EvM1z5VCrONhZC58+OE4/23uLb/gYDHq7jnLw0m57foLtui9E9/Am5Qj71+7t2c7QtXHM4xIgm0EQhzrx2wDoi3INs4/w7lADtB2/quO0sZhfz8b5dzHGZv6KNjYHsVhazebRzKmGmdE1iKUhdge6IS8XTXWYaHqBFDUFkwVdV4aJHzcK02ZmRk4VUEMM9T4GlRGSSqupWWKqqZSey4eOcs2imVc15d9k0hPvjfeQbEYrPuyWjdxA32GVB7KhZbQZb6SpiSukNwShoinPYM7T3o2l57195mNz84cr3Qtd07OKSWSS15VzJtHknGrm5ZRq4maFTJbcnhhPjEk3iG4wd+JmIh6CX5Co3dU/BAAA',
};

async function main(image, ...command) {
  const engine = new Docker();
  const program = gunzipSync(Buffer.from(PAUSE[(await engine.version()).Arch], 'base64'));
  const archive = tar.pack();
  archive.entry({ name: 'pause', mode: 0o755 }, program);
  archive.finalize();

  const sandbox = await engine.createContainer({
    Image: image, Entrypoint: ['/pause'], HostConfig: { NetworkMode: 'none' },
  });
  await sandbox.putArchive(archive, { path: '/' });
  await sandbox.start();
  let said;
  for (let i = 0; i < 100; i++) {
    const work = await sandbox.exec({ Cmd: command, AttachStdout: true });
    const output = await work.start({});
    said = '';
    engine.modem.demuxStream(output, { write: (part) => { said += part; } }, process.stderr);
    await new Promise((done) => output.on('end', done));
  }
  await sandbox.stop();
  console.log(said.trim(), (await sandbox.wait()).StatusCode);
  await sandbox.remove();
}

main(...process.argv.slice(2));
