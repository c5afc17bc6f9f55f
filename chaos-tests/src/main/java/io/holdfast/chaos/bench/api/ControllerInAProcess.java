package io.holdfast.chaos.bench.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Resources;
import io.holdfast.secrets.Subprocess;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.demo.SimulatedCluster;
import io.holdfast.server.logging.Logging;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A controller with its simulated hosts in a process of its own, so that its processor time can be told from the callers'. */
public final class ControllerInAProcess implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(50);

    /** A list of all servers costs the controller a tenth of a second, which must not be what is measured. */
    private static final Duration SETTLE_POLL = Duration.ofMillis(200);

    private static final int HOSTS = 20;

    /** Room for everything that is made here. */
    private static final Resources EACH = new Resources(4096, 1 << 20, 1 << 20);

    private static final long TICKS_PER_SECOND = 100;

    private final Process process;
    private final URI api;
    private final String token;
    private final String password;
    private final String image;

    /** @param jvm further options of its JVM, for whoever looks for what is slow */
    public ControllerInAProcess(List<String> jvm) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseG1GC",
                "-Xms64m",
                "-Xmx512m",
                "-Xss512k",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ControllerInAProcess.class.getName()));
        this.process = Subprocess.of(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String said = out.readLine();
        // A JVM that records says so first.
        while (said != null && !said.startsWith("{")) {
            said = out.readLine();
        }
        if (said == null) {
            throw new IOException("the controller did not start");
        }
        JsonNode where = JSON.readTree(said);
        this.api = URI.create(where.path("api").asText());
        this.token = where.path("token").asText();
        this.password = where.path("password").asText();
        this.image = where.path("image").asText();
    }

    /** Says where it is in one line; reads what befalls its hosts ({@code off h1}, {@code on h1}), and ends with its input. */
    public static void main(String[] arguments) throws Exception {
        Logging.silence();
        try (SimulatedCluster cluster = SimulatedCluster.open(HOSTS, EACH)) {
            PrintWriter out = Terminal.ofThisProcess().out();
            out.println(JSON.createObjectNode()
                    .put("api", cluster.api().toString())
                    .put("token", cluster.adminToken())
                    .put("password", cluster.adminPassword())
                    .put("image", cluster.imageFile()));
            out.flush();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", 2);
                switch (words[0]) {
                    case "off" -> cluster.powerOff(words[1]);
                    case "on" -> cluster.powerOn(words[1]);
                    default -> throw new IOException("cannot be asked for: " + line);
                }
            }
        }
    }

    public URI api() {
        return api;
    }

    public String token() {
        return token;
    }

    public String password() {
        return password;
    }

    /**
     * Has a flavor {@code tiny}, and registers the one image there is.
     *
     * @return the image's id
     */
    public String tinyImage() throws IOException {
        try (HttpLine line = new HttpLine(api)) {
            line.send(
                            "POST",
                            "/v2.1/flavors",
                            token,
                            "{\"flavor\": {\"name\": \"tiny\", \"id\": \"tiny\", \"vcpus\": 1, \"ram\": 8, \"disk\": 0}}")
                    .accepted();
            String made = line.send(
                            "POST",
                            "/ha/v1/images",
                            token,
                            "{\"name\": \"tiny\", \"file\": \"" + image + "\", \"format\": \"raw\"}")
                    .accepted()
                    .text();
            return JSON.readTree(made).at("/image/id").asText();
        }
    }

    /** Waits until nothing is being built any more. */
    public void settle() throws IOException {
        try (HttpLine line = new HttpLine(api)) {
            until(
                    "servers are still being built",
                    SETTLE_POLL,
                    () -> JSON.readTree(line.send("GET", "/v2.1/servers?status=BUILD&limit=1", token, "")
                                    .accepted()
                                    .text())
                            .path("servers")
                            .isEmpty());
        }
    }

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws IOException;
    }

    /** @param otherwise what is wrong when it does not hold in all that time */
    public static void until(String otherwise, Condition condition) throws IOException {
        until(otherwise, POLL, condition);
    }

    private static void until(String otherwise, Duration poll, Condition condition) throws IOException {
        long began = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                throw new IOException(otherwise + " after " + LIMIT.toMinutes() + " min");
            }
            LockSupport.parkNanos(poll.toNanos());
        }
    }

    /** A simulated host loses its power, at once and without a word. */
    public void powerOff(String host) throws IOException {
        say("off " + host);
    }

    public void powerOn(String host) throws IOException {
        say("on " + host);
    }

    private void say(String line) throws IOException {
        process.outputWriter(StandardCharsets.UTF_8).write(line + "\n");
        process.outputWriter(StandardCharsets.UTF_8).flush();
    }

    /** Of the controller with its simulated hosts, and of its database, since each began. */
    record Cpu(Duration controller, Duration database) {

        Cpu since(Cpu before) {
            return new Cpu(controller.minus(before.controller), database.minus(before.database));
        }

        double seconds() {
            return (controller.toMillis() + database.toMillis()) / 1000.0;
        }
    }

    Cpu cpu() throws IOException {
        Duration database = Duration.ZERO;
        try (Stream<ProcessHandle> all = process.descendants()) {
            for (ProcessHandle one : all.toList()) {
                database = database.plus(used(one.pid()));
            }
        }
        return new Cpu(used(process.pid()), database);
    }

    /** Its own, and of those that it has waited for: a connection of the database that ended is the server's. */
    private static Duration used(long pid) throws IOException {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        } catch (NoSuchFileException | UncheckedIOException ended) {
            return Duration.ZERO;
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = 11; i <= 14; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND);
    }

    @Override
    public void close() throws IOException {
        process.outputWriter(StandardCharsets.UTF_8).close();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
