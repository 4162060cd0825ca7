// One person's connection: Mattermost's REST API and WebSocket, as any client would use them, on
// either page.

export class Client {
  constructor(person, {onEvent, onState}) {
    this.person = person;
    this.onEvent = onEvent;
    this.onState = onState;
    this.seq = 1;
    this.pause = 500;
  }

  async request(method, path, body) {
    const response = await fetch(path, {
      method,
      headers: {Authorization: 'Bearer ' + this.person.token, 'Content-Type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    let answer = {};
    try {
      answer = JSON.parse(text);
    } catch {
      answer = {message: text};
    }
    if (!response.ok) throw new Error(answer.message || `HTTP ${response.status}`);
    return answer;
  }

  call(method, path, body) {
    return this.request(method, '/api/v4' + path, body);
  }

  async file(id) {
    const response = await fetch(
        `/api/v4/files/${id}`, {headers: {Authorization: 'Bearer ' + this.person.token}});
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.blob();
  }

  // What only people of Slack do.
  act(name, body) {
    return this.request('POST', '/act/' + name, body);
  }

  get(path) {
    return this.call('GET', path);
  }

  post(path, body) {
    return this.call('POST', path, body);
  }

  // Connects, and again whenever the connection ends. The page loads anew what it shows instead of
  // resuming.
  connect() {
    const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
    const socket = new WebSocket(scheme + location.host + '/api/v4/websocket');
    this.socket = socket;
    socket.onopen = () => this.send('authentication_challenge', {token: this.person.token});
    socket.onmessage = ({data}) => {
      const frame = JSON.parse(data);
      if (frame.event === 'hello') {
        this.pause = 500;
        this.onState(true);
      }
      if (frame.event) this.onEvent(frame);
    };
    socket.onclose = () => {
      if (this.closed) return;
      this.onState(false);
      this.retry = setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(this.pause * 2, 8000);
    };
  }

  send(action, data) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({seq: this.seq++, action, data}));
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }
}
