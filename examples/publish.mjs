// Ask Colomba to send a WhatsApp message: `node publish.mjs +393331234567 "Your order is ready." order-1042`.
//
// Needs `npm install` in this folder, and AMQP_URL and PHONE_NUMBER_ID in the environment. The schema of the command is
// docs/contracts/send_message.v1.json. Running it twice with the same id sends one message.

import { randomUUID } from "node:crypto";
import amqp from "amqplib";

const { AMQP_URL, PHONE_NUMBER_ID } = process.env;
const [to, text, key] = process.argv.slice(2);

// A CloudEvent whose data is Meta's message object and the number to send from.
const command = {
  specversion: "1.0",
  type: "colomba.send_message.v1",
  // The same source and id again are the same message, whatever happened in between.
  source: "/examples/node",
  id: key,
  time: new Date().toISOString(),
  datacontenttype: "application/json",
  data: { phone_number_id: PHONE_NUMBER_ID, to, type: "text", text: { body: text } },
};

const connection = await amqp.connect(AMQP_URL);
const channel = await connection.createConfirmChannel();
// A command no queue is bound for is returned before it is confirmed.
channel.on("return", () => {
  console.error("no queue takes this command");
  process.exitCode = 1;
});
channel.publish("whatsapp.commands", `send.priority.${PHONE_NUMBER_ID}`, Buffer.from(JSON.stringify(command)), {
  persistent: true,
  mandatory: true,
  contentType: "application/cloudevents+json",
  messageId: randomUUID(),
});
// Rejects when the broker did not take it: then publish again with the same id.
await channel.waitForConfirms();
await connection.close();
if (!process.exitCode) console.log("accepted by the broker");
