"""A mail server on loopback that takes every mail and keeps none; prints its port. For make bench.

It costs as little as can be, so that what is measured is who sends: no line of a mail is looked at.
"""

import socketserver

END = b"\r\n.\r\n"
AS_MUCH = 2**18


class Taking(socketserver.BaseRequestHandler):
    """One connection. Who sends waits for the answer to the content, so that its end is the end of a packet."""

    def handle(self) -> None:
        self.request.sendall(b"220 sink\r\n")
        while commands := self.request.recv(AS_MUCH):
            last = commands[-6:-2].upper()
            answers = b"250 OK\r\n" * (commands.count(b"\r\n") - 1)
            if commands[:4].upper() == b"EHLO":
                self.request.sendall(b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
            elif last == b"DATA":
                self.request.sendall(answers + b"354 go on\r\n")
                self.take_content()
            elif last == b"QUIT":
                self.request.sendall(answers + b"221 bye\r\n")
                return
            else:
                self.request.sendall(answers + b"250 OK\r\n")

    def take_content(self) -> None:
        tail = b""
        while not tail.endswith(END) and (data := self.request.recv(AS_MUCH)):
            tail = (tail + data[-len(END) :])[-len(END) :]
        self.request.sendall(b"250 OK\r\n")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Sink(("127.0.0.1", 0), Taking) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
