// Lists the operations of openapi.json, each with a form that sends it. Everything is put in as text, never as HTML.

const place = document.getElementById("operations");

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function resolve(description, schema) {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.slice(2).split("/").reduce((inside, part) => inside[part], description);
}

function typeOf(schema) {
  const types = [].concat(schema.type || "").filter((one) => one && one !== "null");
  return schema.enum ? "enum" : types[0] || "";
}

// What a property is when it is not null.
function filled(description, schema) {
  const one = resolve(description, schema);
  const inside = (one.anyOf || one.allOf || []).find((each) => each.type !== "null");
  return inside ? { ...filled(description, inside), description: one.description || inside.description } : one;
}

function sample(schema) {
  if (schema.enum) return schema.enum.find((one) => one !== null);
  if (schema.default !== undefined) return schema.default;
  return { boolean: false, integer: 1, number: 1, array: [], object: {} }[typeOf(schema)] ?? "";
}

function field(label, hint, input) {
  const made = element("label");
  made.append(element("span", label), input);
  if (hint) made.append(element("small", hint));
  return made;
}

function describe(description, schema) {
  const list = element("ul");
  for (const [name, raw] of Object.entries(schema.properties || {})) {
    const one = filled(description, raw);
    const line = element("li");
    line.append(element("code", name));
    const needed = (schema.required || []).includes(name) ? " *" : "";
    const values = one.enum ? ` ${one.enum.join(" | ")}` : "";
    line.append(`${needed} ${typeOf(one)}${values} ${one.description || ""}`);
    list.append(line);
  }
  return list;
}

// What the body is typed into, or the files of it chosen with.
function bodyOf(description, content, form) {
  if (content["multipart/form-data"]) {
    const files = element("input", "", { type: "file", multiple: "" });
    form.append(field("resources", "multipart/form-data", files));
    return files;
  }
  const schema = resolve(description, content["application/json"].schema);
  const needed = (schema.required || []).map((name) => [name, sample(filled(description, schema.properties[name]))]);
  const typed = element("textarea", JSON.stringify(Object.fromEntries(needed), null, 2), { rows: "6", spellcheck: "false" });
  form.append(field("body", "application/json", typed), describe(description, schema));
  return typed;
}

function packed(body, headers) {
  if (!body) return undefined;
  if (body.type !== "file") {
    headers["Content-Type"] = "application/json";
    return body.value;
  }
  const parts = new FormData();
  for (const one of body.files) parts.append("resources", one);
  return parts;
}

function operation(description, path, method, told) {
  const made = element("details");
  const summary = element("summary");
  summary.append(element("code", `${method.toUpperCase()} ${path}`), ` ${told.summary || ""}`);
  made.append(summary);
  const form = element("form");
  const shared = description.paths[path].parameters || [];
  const parameters = [...shared, ...(told.parameters || [])].map((one) => resolve(description, one));
  const inputs = parameters.map((one) => {
    const schema = resolve(description, one.schema);
    const hint = [one.in, one.required ? "*" : "", (schema.enum || []).join(" | "), one.description].filter(Boolean);
    const input = element("input", "", one.required ? { required: "" } : {});
    form.append(field(one.name, hint.join(" · "), input));
    return [one, input];
  });
  const body = told.requestBody ? bodyOf(description, told.requestBody.content, form) : null;
  form.append(element("button", "发送 · Send"));
  const answer = element("pre", "", { hidden: "", "aria-live": "polite" });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = await send(serverOf(told) + path, method, inputs, body);
  });
  made.append(form, answer);
  return made;
}

// Behind a proxy there may be a path before all others.
function serverOf(told) {
  return (told.servers?.[0]?.url ?? "").replace(/\/$/, "");
}

async function send(path, method, inputs, body) {
  const headers = {};
  const query = new URLSearchParams();
  let address = path;
  for (const [parameter, input] of inputs) {
    const value = input.value.trim();
    if (!value) continue;
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (parameter.in === "query") query.set(parameter.name, value);
    else headers[parameter.name] = value;
  }
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (query.size) address += `?${query}`;
  try {
    const answered = await fetch(address, { method: method.toUpperCase(), headers, body: packed(body, headers) });
    const text = await answered.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it came */ }
    return `${answered.status} ${answered.statusText}\n${shown}`;
  } catch (error) {
    return String(error);
  }
}

list();

async function list() {
  const answered = await fetch("openapi.json");
  const told = await answered.json();
  document.title = told.info.title;
  document.getElementById("about").textContent = told.info.description;
  place.replaceChildren();
  for (const tag of told.tags || []) {
    place.append(element("h2", tag.name), element("p", tag.description));
    for (const [path, methods] of Object.entries(told.paths)) {
      for (const [method, one] of Object.entries(methods)) {
        if (one.tags?.includes(tag.name)) place.append(operation(told, path, method, one));
      }
    }
  }
}
