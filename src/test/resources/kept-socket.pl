# Keeps a listening socket as systemd does with StandardInput=socket and Restart=always: hands it to a
# program as its standard input, and starts the program again when it has ended.
#
#   kept-socket.pl PATH|ADDRESS:PORT PROGRAM ...
use strict;
use warnings;
use Fcntl;
use POSIX ();
use Socket;

my $where = shift @ARGV;
my $socket;
if (my ($host, $port) = $where =~ /^([\d.]+):(\d+)$/) {
    socket($socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or die "setsockopt: $!";
    bind($socket, pack_sockaddr_in($port, inet_aton($host))) or die "$where: $!";
} else {
    socket($socket, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
    bind($socket, pack_sockaddr_un($where)) or die "$where: $!";
    chmod 0660, $where or die "$where: $!";
}
listen($socket, 4096) or die "listen: $!";
fcntl($socket, F_SETFL, O_NONBLOCK) or die "fcntl: $!";

my ($child, $ending);
$SIG{TERM} = sub { $ending = 1; kill TERM => $child if $child };
until ($ending) {
    $child = fork() // die "fork: $!";
    if (!$child) {
        POSIX::dup2(fileno($socket), 0) // die "dup2: $!";
        exec @ARGV or POSIX::_exit(127);
    }
    1 while waitpid($child, 0) == -1 && $!{EINTR};
}
