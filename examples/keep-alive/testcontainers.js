// A sandbox on an image of anybody's, by testcontainers: node testcontainers.js IMAGE COMMAND...
// The command is run a hundred times in the sandbox, which then stops. It prints what the command said the last time.
// The long line is pause for linux/amd64, in text: scripts/text.sh.
//
// A sandbox that publishes ports before anything listens on them must be waited for by its health, as here: by default
// testcontainers waits until the ports answer, and gives up.
'use strict';
const { gunzipSync } = require('zlib');
const { GenericContainer, Wait } = require('testcontainers');

const PAUSE = 'H4sIAAAAAAACA5VSXUgUURS+s7q2TtkUBPXWQJG+jDogZkayG23OwhhbmkyJLsPOojvsziw7Mxq0ZLQFXcM333uNnnoIsohxSsnsodDXICEoJzSsCAkKpnPnrtHPU+flnPN95+c7lzuZlE9HGAZtWwT1IJLdQ/Ewj6N/LY66oI4aqY3+xf7u39ahPzztQOjsO1trQP9vEl7ziU8M9qcl/D2F36eqR5DOZdxFJo78B0DpkVpylyR7Mzoz4t8m4W4FKD2WuCjjLXGFi0rV48yVRunW5T3+AuFPJBQ9SFx4BArjMvZk/ErcSoaFN7zJD3pdRg9GZu8DSzA9rcxF6uIIomZFDMi0b4x9SG8agn141RdqSopQ47PQhFfFLX8/PUGPjcxeg5CLziUJzwEvVTdapGn5cEzCorSYiAFdL1XVAwgHepNCZEv4ZU2NA9sWWubnjpLmFahMi4H/Gfz58FXcHxHANyCH0pK7DpkEkl5TIOP6NeAFBRQ3qAEPKdDrfqkBdyjQqUeG3YOwDG/6PQDhTQm/8Tsgcm9StCVE/SK5msm4GND1GIkGwvsBrn5i8KIvk4IgoZy8WmlgUN90nHG+woGMIuOnXFRcko953MwT/HyeXkL21tMNz4IgoHsfQwSjw3+Ag9m18CG5naI3tWvH1L6G60t2Y9cyPFHgrX8Uva5lbsabF8aRIIzlCiVw47mylTcNJIwhYRC1oZLqWLlu3spls2axxBcdy+bVQsGc4Lcpw7R5x9CgzzZNrZtHZTtj5UfVrA1z2FpmOVYpZ2gsbeLbW8XWdr6QN5xLbWpR6+xgt6dNqGUjb4zSsenUKV5kEetY6ihwtHdIGKtQuRVhvPJL8TArmQXN4lW+ZGrNFm+oxZxVUrM5C9TZ+QLfn+odSJ7r480yCVNnBlpZ9BO82qSH4gMAAA==';

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
