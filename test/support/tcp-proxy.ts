import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** A wire that can be cut: TCP through a port of its own to a server on this machine. */
export interface TcpProxy {
  readonly port: number
  /** Stops forwarding without closing anything, as a switch that swallows packets; new connections hear nothing either. */
  stall(): void
  /** Resets every connection and every new one. */
  cut(): void
  /** Forwards again, first what lay in the buffers of a stalled connection. */
  mend(): void
  close(): Promise<void>
}

/** Listens on a free loopback port and forwards to another one. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: 'open' | 'stalled' | 'cut' = 'open'
  const kept = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => to.write(chunk))
    from.on('end', () => to.end())
    from.once('close', () => to.destroy())
    if (state === 'stalled') from.pause()
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (state === 'cut') return void socket.resetAndDestroy()
    const near = kept(socket)
    const far = kept(dial({ port: target, host: '127.0.0.1', allowHalfOpen: true }))
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      state = 'stalled'
      for (const socket of sockets) socket.pause()
    },
    cut: () => {
      state = 'cut'
      for (const socket of sockets) socket.resetAndDestroy()
    },
    mend: () => {
      state = 'open'
      for (const socket of sockets) socket.resume()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
