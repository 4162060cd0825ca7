// Bytes over a TCP connection, as they are.
import {connect} from 'node:net';

// What came back until the other side closed, or, where it keeps the connection, until `enough` says so. Fails when neither happens.
export function exchange(port, bytes, {enough = () => false, patience = 20_000} = {}) {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const over = () => (clearTimeout(late), socket.destroy(), resolve(answer));
    const late = setTimeout(() => (socket.destroy(), reject(new Error(`no end of the answer: ${answer}`))), patience);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      answer += text;
      if (enough(answer)) over();
    });
    socket.on('end', over);
    socket.on('error', over);
  });
}

// The statuses of all answers in there.
export const statuses = (answer) => [...answer.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((found) => Number(found[1]));
