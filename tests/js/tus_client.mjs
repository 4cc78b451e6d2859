// Uploads files with the stock client: node tus_client.mjs <modules> <endpoint> <token> <options as JSON> <file>...
// Prints one line of JSON for each file: {url, offset, requests: [[method, status], ...]} or {error}.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, endpoint, token, options, ...files] = process.argv.slice(2);
const { Upload } = createRequire(`${modules}/`)("tus-js-client");

function upload(content) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const requests = [];
  return new Promise((resolve) => {
    const client = new Upload(content, {
      endpoint,
      headers: { Authorization: `Bearer ${token}` },
      metadata: { sha256, filename: "照片.jpg" },
      retryDelays: [0, 100, 300, 1000, 3000],
      onAfterResponse: (request, response) => {
        requests.push([request.getMethod(), response.getStatus()]);
      },
      onProgress: (sent) => progress(client, sent),
      onError: (error) => resolve({ error: String(error), requests }),
      onSuccess: () => resolve({ url: client.url, requests }),
      ...JSON.parse(options),
    });
    client.start();
  });
}

// For a test that kills the server meanwhile: say how far it is.
function progress(client, sent) {
  if (process.env.TELL_PROGRESS) process.stderr.write(`${sent}\n`);
}

for (const file of files) {
  console.log(JSON.stringify(await upload(readFileSync(file))));
}
