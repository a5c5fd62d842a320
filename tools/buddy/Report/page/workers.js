// Work that would hold up the page, done beside it: a worker made from the text of this page's scripts.
class Helper {
  constructor(...scripts) {
    this.scripts = scripts;
    this.waiting = [];
  }

  start() {
    const text = this.scripts.map((id) => byId(id).textContent).join("\n");
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data: answer }) => this.waiting.shift().resolve(answer);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.stop(event.message);
    };
  }

  // Answers come in the order of the questions. `seconds` bound the wait for this one.
  ask(question, seconds) {
    if (!this.worker) this.start();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.stop("it takes too long"), seconds * 1000);
      const settled = (action) => (value) => {
        clearTimeout(timer);
        action(value);
      };
      this.waiting.push({ resolve: settled(resolve), reject: settled(reject) });
      this.worker.postMessage(question);
    });
  }

  stop(why) {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.waiting.splice(0)) reject(new Error(why));
  }
}
