// Browsers refuse workers to pages that are opened as files, and search runs in one. There a hidden frame
// does a worker's work: what the search of the site uses of Worker, and no more.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const script = new URL(url, location.href).href;
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      // In a worker postMessage goes to the page. The page is what the frame is in.
      this.frame.srcdoc =
        "<script>self.postMessage = (data) => parent.postMessage(data, '*');" +
        "self.importScripts = () => { throw new Error('only English is searched in files'); };</" +
        `script><script src="${encodeURI(decodeURI(script))}"></` + "script>";
      this.ready = new Promise((done) => this.frame.addEventListener("load", done, { once: true }));
      this.receive = (event) => {
        if (event.source !== this.frame.contentWindow) return;
        event.stopImmediatePropagation();
        this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      };
      window.addEventListener("message", this.receive);
      if (document.body) document.body.append(this.frame);
      else addEventListener("DOMContentLoaded", () => document.body.append(this.frame), { once: true });
    }
    postMessage(data) {
      // The frame's own postMessage has been replaced; this one is of the page and acts on the frame.
      this.ready.then(() => window.postMessage.call(this.frame.contentWindow, data, "*"));
    }
    terminate() {
      window.removeEventListener("message", this.receive);
      this.frame.remove();
    }
  };
}
