"""As much of an IMAP server (RFC 3501) as reading a mailbox needs, on loopback."""

import re
import socketserver
import threading


class MailboxServer:
    """One folder, INBOX, of the user "user" with the password "secret"."""

    def __enter__(self):
        self.mails: dict[int, bytes] = {}
        self.flags: dict[int, set[str]] = {}
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.box = self
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def address(self) -> str:
        return f"imap://user:secret@127.0.0.1:{self._server.server_address[1]}/INBOX"

    @property
    def left(self) -> list[bytes]:
        return list(self.mails.values())

    def put(self, *mails: bytes) -> None:
        for mail in mails:
            number = len(self.flags) + 1
            self.mails[number], self.flags[number] = mail, set()


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("* OK ready")
        for line in self.rfile:
            tag, command, rest = [*line.decode().strip().split(" ", 2), ""][:3]
            self.say(f"{tag} {self.answer(command.upper(), rest, self.server.box)}")
            if command.upper() == "LOGOUT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def answer(self, command: str, rest: str, box: MailboxServer) -> str:
        if command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif command == "LOGIN" and rest.replace('"', "") != "user secret":
            return "NO [AUTHENTICATIONFAILED] no"
        elif command == "SELECT" and rest.strip('"') != "INBOX":
            return "NO no such folder"
        elif command == "SELECT":
            self.say(f"* {len(box.mails)} EXISTS")
        elif command == "UID":
            self.by_number(*rest.split(" ", 1), box)
        elif command == "EXPUNGE":
            for number in [number for number in box.mails if r"\Deleted" in box.flags[number]]:
                del box.mails[number]
        return "OK done"

    def by_number(self, command: str, rest: str, box: MailboxServer) -> None:
        if command == "SEARCH":
            new = [str(number) for number in box.mails if not box.flags[number]]
            self.say(f"* SEARCH {' '.join(new)}".strip())
            return
        number = int(rest.split(" ", 1)[0])
        if command == "FETCH":
            content = box.mails[number]
            self.say(f"* {number} FETCH (UID {number} BODY[] {{{len(content)}}}")
            self.wfile.write(content)
            self.say(")")
        elif command == "STORE":
            box.flags[number].update(re.findall(r"\\\w+", rest))
