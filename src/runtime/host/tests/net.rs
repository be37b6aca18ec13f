//! Connections and datagrams, from JavaScript.

mod support;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixListener,
    sync::mpsc,
    thread::{self, JoinHandle},
};
use support::{certificates::Scratch, run};

/// Serves one connection in a thread.
fn serve(serve: impl FnOnce(TcpStream) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (port, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

#[test]
fn a_connection_carries_bytes_both_ways_to_its_end() {
    let (port, server) = serve(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all).unwrap();
    });
    let source = "
        const handle = await connect(args[0])
        await send(handle, 'to and fro')
        await shutdown(handle)
        print(text(await read(handle)))
        print((await read(handle)) === undefined)
        host.close(handle)
        print(await code(read(handle)))";
    assert_eq!(run(source, &[&port]), "to and fro\ntrue\nEBADF\n");
    server.join().unwrap();
}

#[test]
fn the_ends_of_a_connection_have_their_names() {
    let (port, server) = serve(drop);
    let source = "
        const ends = await ask((ticket) => host.connectTcp(ticket, '127.0.0.1', Number(args[0])))
        print(ends.localAddress, ends.localPort > 0, ends.remoteAddress, String(ends.remotePort) === args[0])";
    assert_eq!(run(source, &[&port]), "127.0.0.1 true 127.0.0.1 true\n");
    server.join().unwrap();
}

#[test]
fn many_bytes_arrive_in_order() {
    let (port, server) = serve(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all).unwrap();
    });
    let source = "
        const handle = await connect(args[0])
        const data = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) >> 3)
        await send(handle, data)
        await shutdown(handle)
        let at = 0
        for (let part; (part = await read(handle)) !== undefined; ) {
          for (const byte of new Uint8Array(part)) if (byte !== data[at++]) throw new Error('wrong byte at ' + at)
        }
        print(at)";
    assert_eq!(run(source, &[&port]), "3000000\n");
    server.join().unwrap();
}

#[test]
fn what_the_system_takes_at_once_leaves_before_a_close() {
    let (port, server) = serve(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"first second");
    });
    let source = "
        const handle = await connect(args[0])
        print(host.send(1000, handle, sent('first ')), host.send(1001, handle, sent('')), host.send(1002, handle, sent('second')))
        host.close(handle)";
    assert_eq!(run(source, &[&port]), "true true true\n");
    server.join().unwrap();

    // a peer that does not read: the rest is under way, and nothing else can be sent meanwhile
    let (over, until_over) = mpsc::channel::<()>();
    let (port, server) = serve(move |_stream| until_over.recv().unwrap_or_default());
    let source = "
        const handle = await connect(args[0])
        const rest = ask((ticket) => print(host.send(ticket, handle, new Uint8Array(30_000_000))))
        print(await code(ask((ticket) => print(host.send(ticket, handle, sent('y'))))), await code(shutdown(handle)))
        rest.drop()
        host.close(handle)";
    assert_eq!(run(source, &[&port]), "false\nfalse\nEALREADY EALREADY\n");
    drop(over);
    server.join().unwrap();
}

#[test]
fn what_cannot_be_connected_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let source = "
        for (const [address, port] of [['127.0.0.1', args[0]], ['::1', args[0]], ['name', '1']]) {
          print(await code(connect(port, address)))
        }
        try { await connect(args[0]) } catch (error) { print(error.errno, error.message, error instanceof Error) }
        print(await code(ask((ticket) => host.connectUnix(ticket, '/no/such/socket'))))
        print(await code(ask((ticket) => host.connectUnix(ticket, '/etc/passwd'))))";
    let expected = "ECONNREFUSED\nECONNREFUSED\nEINVAL\n-111 connection refused true\nENOENT\nECONNREFUSED\n";
    assert_eq!(run(source, &[&closed]), expected);
}

#[test]
fn a_unix_socket_carries_bytes() {
    let scratch = Scratch::new();
    let listener = UnixListener::bind(scratch.path("socket")).unwrap();
    let server = thread::spawn(move || listener.accept().unwrap().0.write_all(b"hello").unwrap());
    let source = "
        const connected = ask((ticket) => host.connectUnix(ticket, args[0]))
        print(await connected)
        host.setNoDelay(connected.handle, true)
        host.setKeepAlive(connected.handle, true, 5)
        print(text(await read(connected.handle)))";
    let ends = r#"{"localAddress":"","localPort":0,"remoteAddress":"","remotePort":0}"#;
    assert_eq!(run(source, &[scratch.path("socket").to_str().unwrap()]), format!("{ends}\nhello\n"));
    server.join().unwrap();
}

#[test]
fn a_closed_handle_answers_nothing_more() {
    let (port, server) = serve(|mut stream| {
        assert_eq!(stream.read(&mut [0; 10]).unwrap(), 0);
    });
    let source = "
        const handle = await connect(args[0])
        const waiting = read(handle)
        waiting.drop()
        host.close(handle)
        host.close(handle)
        const opening = ask((ticket) => host.connectTcp(ticket, '127.0.0.1', Number(args[0])))
        opening.drop()
        host.close(opening.handle)
        await sleep(20)
        print('quiet')";
    assert_eq!(run(source, &[&port]), "quiet\n");
    server.join().unwrap();
}

#[test]
fn a_connection_can_be_reset_from_both_sides() {
    let (port, server) = serve(|mut stream| {
        let error = stream.read(&mut [0; 10]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    });
    run("host.close(await connect(args[0]), true)", &[&port]);
    server.join().unwrap();

    let (port, server) = serve(|stream| {
        let mut byte = [0];
        stream.peek(&mut byte).unwrap(); // closing with unread bytes resets
    });
    let source = "
        const handle = await connect(args[0])
        await send(handle, 'unread')
        print(await code(read(handle)))";
    assert_eq!(run(source, &[&port]), "ECONNRESET\n");
    server.join().unwrap();
}

#[test]
fn one_operation_of_a_sort_at_a_time() {
    let (port, server) = serve(|mut stream| {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        stream.write_all(b"late").unwrap();
    });
    let source = "
        const handle = await connect(args[0])
        const first = read(handle)
        print(await code(read(handle)))
        print(host.cancelRead(handle), host.cancelRead(handle))
        first.drop()
        const second = read(handle)
        await send(handle, 'x')
        print(text(await second))";
    assert_eq!(run(source, &[&port]), "EALREADY\ntrue false\nlate\n");
    server.join().unwrap();
}

#[test]
fn datagrams_go_out_and_every_answer_comes_in() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let echo = thread::spawn(move || {
        let mut question = [0; 100];
        for _ in 0..2 {
            let (length, from) = server.recv_from(&mut question).unwrap();
            for _ in 0..2 {
                server.send_to(&question[..length], from).unwrap();
            }
        }
    });
    let source = "
        const port = Number(args[0])
        for (const connected of [true, false]) {
          let got = 0
          await new Promise((resolve) => {
            wanted++
            const handle = repeat((ticket) => host.udp(ticket, 4), (error, { data, address, port: from }) => {
              print(text(data), address, from === port)
              if (++got === 2) {
                host.close(handle)
                wanted--
                resolve()
              }
            })
            if (connected) {
              host.udpConnect(handle, '127.0.0.1', port)
              host.udpSend(handle, sent('question'))
            } else host.udpSend(handle, sent('question'), '127.0.0.1', port)
          })
        }";
    assert_eq!(run(source, &[&port]), "question 127.0.0.1 true\n".repeat(4));
    echo.join().unwrap();
}

#[test]
fn a_port_where_nobody_listens_is_told_to_a_connected_socket() {
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let source = "
        wanted++
        const handle = repeat((ticket) => host.udp(ticket, 4), (error) => {
          print(error.code)
          wanted--
        })
        host.udpConnect(handle, '127.0.0.1', Number(args[0]))
        host.udpSend(handle, sent('x'))
        print(thrown(() => host.udpSend(handle, new Uint8Array(100_000))))
        print(thrown(() => host.udpConnect(handle, 'name', 1)), thrown(() => host.udpSend(12345, sent('x'))))";
    assert_eq!(run(source, &[&closed]), "EMSGSIZE\nEINVAL EBADF\nECONNREFUSED\n");
}
