package io.holdfast.notifications.amqp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Debian's RabbitMQ with a name, ports and a directory of its own, on the loopback address. */
final class RabbitMq implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(120);

    private final Path directory;
    private final int port;
    private final int distribution;
    private final int names;
    private Process process;

    RabbitMq(Path directory) throws IOException {
        this.directory = directory;
        this.port = free();
        this.distribution = free();
        this.names = free();
        Files.writeString(directory.resolve("rabbitmq.conf"), "listeners.tcp.1 = 127.0.0.1:" + port + "\n");
        Files.writeString(directory.resolve("plugins"), "[].\n");
        start();
    }

    int port() {
        return port;
    }

    /** Blocks until it takes connections. What durable queues hold is there again. */
    void start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder("/usr/lib/rabbitmq/bin/rabbitmq-server")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("out.log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "HOME", directory.toString(),
                        "RABBITMQ_NODENAME", "holdfast-test@localhost",
                        "RABBITMQ_DIST_PORT", String.valueOf(distribution),
                        "ERL_EPMD_PORT", String.valueOf(names),
                        "ERL_EPMD_ADDRESS", "127.0.0.1",
                        "RABBITMQ_MNESIA_BASE", directory.resolve("mnesia").toString(),
                        "RABBITMQ_LOG_BASE", directory.resolve("log").toString(),
                        "RABBITMQ_CONFIG_FILE",
                                directory.resolve("rabbitmq.conf").toString(),
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                                directory.resolve("plugins").toString(),
                        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} +S 1"));
        process = builder.start();
        Awaitility.await().atMost(START).until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("RabbitMQ ended: " + Files.readString(directory.resolve("out.log")));
            }
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return probe.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** As by a power cut. */
    void kill() {
        List<ProcessHandle> all = process.descendants().toList();
        all.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        all.forEach(one -> one.onExit().orTimeout(20, TimeUnit.SECONDS).join());
    }

    /** Also the registry of names, which outlives the broker by itself. */
    @Override
    public void close() {
        kill();
        try {
            ProcessBuilder stop = new ProcessBuilder("epmd", "-kill");
            stop.environment().put("ERL_EPMD_PORT", String.valueOf(names));
            stop.redirectErrorStream(true)
                    .redirectOutput(directory.resolve("epmd.log").toFile());
            stop.start().onExit().orTimeout(20, TimeUnit.SECONDS).join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
