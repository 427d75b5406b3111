// A sandbox on an image of anybody's, by testcontainers: node testcontainers.js IMAGE COMMAND...
// The command is run a hundred times in the sandbox, which then stops. It prints what the command said the last time.
// The long line is pause for linux/amd64, in text: scripts/text.sh.
//
// A sandbox that publishes ports before anything listens on them must be waited for by its health, as here: by default
// testcontainers waits until the ports answer, and gives up.
'use strict';
const { gunzipSync } = require('zlib');
const { GenericContainer, Wait } = require('testcontainers');

const PAUSE = 'H4sIAAAAAAACA5WRT0gUcRTHf7PbbuuWjUGHjr+DpJdVB0RWJZmNzBHW2FqLydBl2JncndaZZWfWgpaMtqif4c26d+kYEUFLh3HKSL1keivI/kA4oWGHiChoer+dVbIg6Hd5v/d53/d+773fRG/8iI9h0ObxoR5EvXuIr/o8+vvwKAo6L0K1gT+iv9t3frTNehkIHftgykH0/0cgqw61SaG83iCQHyqbsioMj5y7AFVfzblNnb0plRlxbtGkKbMxJMwFUQNm1D0iyNRQbIhbZgNCuZu5WCfcuNDg3Kc5B2Oi6sZOPYIm+Tix42SR+9pbFV61Jz6q/lTlAYQs13UnKFUT4sxbH4/g1iRyLq33jTHraR85P/ThZ+jjpcaQGhqpXIYH2MDMARpgaaC83ixMxaEzwglzsRCEdwhlaT8irlov0g4F8rz2dhEqP22enfkOjznLoExwrrMC9kQyAVuwXlH+EnyQ5q0F8ATyxpn3QMp6VgMPPSBar2vgjgf6rBc1cNMDHapv2HoPjGw4PYDIhkBWnHa4Wdf8Vdpcpc4Q3RqTsq4DXQvRW5LOFwZc/syQOaeTCtyYeOhSKciggSmeKX6BARkxTp6wAW4h3mmz04/J/CzM8RMW5yzCcqFO9ZeJW1mtbo3dxdmTu3dO7gteWTDrokuwD9de+8TZ0SV22p6NjKNIJKPk8mDGlYKR1TUUyaDISdSK8lLRULqwppu4qMkQNHVd7sKbvGCmjOyolDYhBxeUMwDlbpzOKOmz2FDSaX0sH96uNYpGXtHkf4txWwvX0oZzWa14vlUakzvat6qckwpaVhv1Wkr0H8ZcGIWLhjQKMS/3dCRT8uYpRcZLWyMNhwU9JxtYwnldbjKwJo0pRl5KKwZMZmZzONnfN9h7fADrBXrtPzrYEka/AMiMOELhAwAA';

async function main(image, ...command) {
  const sandbox = await new GenericContainer(image)
    .withEntrypoint(['/pause'])
    .withCopyContentToContainer([{ content: gunzipSync(Buffer.from(PAUSE, 'base64')), target: '/pause', mode: 0o755 }])
    .withExposedPorts(8080)
    .withHealthCheck({ test: ['CMD', '/pause', '-v'], interval: 1000, timeout: 1000, retries: 60 })
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  let said;
  for (let i = 0; i < 100; i++) {
    said = (await sandbox.exec(command)).output;
  }
  await sandbox.stop({ timeout: 10000 });
  console.log(said.trim());
}

main(...process.argv.slice(2));
