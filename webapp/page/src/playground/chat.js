export class Chat {
  constructor() { this.node = document.createElement("div"); }
  idle() {}
  draft() {}
  async run() {}
  stop() {}
  destroy() {}
}
