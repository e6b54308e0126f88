// The part of a browser that the modelers need to open and save a file: jsdom, and the SVG geometry that jsdom lacks.
import { readFileSync } from 'node:fs';
import { JSDOM, VirtualConsole } from 'jsdom';

const IDENTITY = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

/** A page with one empty element `#canvas` and a browser bundle loaded; `complain` hears what its console would show in red. */
export function openPage(bundle, complain) {
  const virtualConsole = new VirtualConsole();
  for (const channel of ['error', 'warn', 'jsdomError']) {
    virtualConsole.on(channel, (...words) => complain(words.map((word) => word?.stack ?? String(word)).join(' ')));
  }
  const { window } = new JSDOM('<!doctype html><div id="canvas"></div>', {
    runScripts: 'outside-only',
    pretendToBeVisual: true,
    virtualConsole,
  });
  addWhatIsMissing(window);
  addGeometry(window);
  window.eval(readFileSync(new URL(`node_modules/${bundle}`, import.meta.url), 'utf8'));
  return window;
}

function addWhatIsMissing(window) {
  window.structuredClone = structuredClone;
  window.CSS ??= { escape: (text) => text.replace(/[^\w-]/g, '\\$&') };
  window.HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: text.length * 12 }) });
}

/** Nothing is seen, so the sizes need not be right; they only have to be there. */
function addGeometry(window) {
  const { SVGElement, SVGSVGElement } = window;
  SVGElement.prototype.getBBox = () => ({ x: 0, y: 0, width: 100, height: 14 });
  SVGElement.prototype.getScreenCTM = matrix;
  SVGElement.prototype.getCTM = matrix;
  SVGElement.prototype.getComputedTextLength = function () {
    return this.textContent.length * 12;
  };
  Object.defineProperty(SVGElement.prototype, 'transform', {
    get() {
      this.transforms ??= transformList();
      return this.transforms;
    },
  });
  SVGSVGElement.prototype.createSVGMatrix = matrix;
  SVGSVGElement.prototype.createSVGTransform = transform;
  SVGSVGElement.prototype.createSVGPoint = () => ({ x: 0, y: 0, matrixTransform: (by) => ({ x: by.e, y: by.f }) });
  SVGSVGElement.prototype.createSVGTransformFromMatrix = transform;
  window.SVGMatrix = class {};
}

function matrix() {
  const made = { ...IDENTITY };
  for (const name of ['multiply', 'inverse', 'translate', 'scale', 'rotate']) {
    made[name] = () => made;
  }
  return made;
}

function transform(from) {
  return { matrix: from ?? matrix(), setMatrix() {}, setTranslate() {}, setRotate() {}, setScale() {} };
}

function transformList() {
  const items = [];
  return {
    baseVal: {
      get numberOfItems() {
        return items.length;
      },
      getItem: (index) => items[index],
      clear: () => items.splice(0),
      appendItem: (item) => items.push(item),
      createSVGTransformFromMatrix: transform,
      consolidate: () => items[0] ?? null,
    },
  };
}
