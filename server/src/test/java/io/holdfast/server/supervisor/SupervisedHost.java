package io.holdfast.server.supervisor;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.probe.SupervisedHostProbe;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.Role;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A host as a supervisor finds it: certificates, settings, and a distribution that runs the classes under test. */
final class SupervisedHost {

    static final Duration PATIENT = Duration.ofSeconds(20);

    private static final HostId H1 = HostId.of("h1");

    final Path directory;
    final Path run;
    final Path settings;
    final int port;
    final TlsKeys controller;
    private final SupervisedHostProbe probe;

    /** @param connectString where the agent looks for its controllers */
    SupervisedHost(Path directory, String connectString) throws IOException {
        this.directory = directory;
        this.run = directory.resolve("run");
        this.settings = directory.resolve("agent.yaml");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            this.port = free.getLocalPort();
        }
        CertificateAuthority authority =
                CertificateAuthority.create(directory.resolve("pki"), "test", InstantSource.system());
        authority.issue("h1", Role.AGENT, List.of("h1"), List.of("127.0.0.1"));
        authority.issue("h2", Role.AGENT, List.of("h2"), List.of("127.0.0.1"));
        this.controller = new TlsKeys(
                "tls",
                // By its name only: agents call it by an address that its certificate does not know.
                authority.issue("controller", Role.CONTROLLER, List.of("localhost"), List.of()),
                SecretReader.ofCommand(Map.of()));
        this.probe = new SupervisedHostProbe(controller);
        Files.writeString(directory.resolve("boot-id"), "boot-1\n");
        Files.createDirectories(directory.resolve("shared"));
        write(connectString, "h1");
    }

    /** @param certificate whose it is */
    void write(String connectString, String certificate) throws IOException {
        Files.writeString(settings, """
                state-directory: state
                host: h1
                tls:
                  key-store: pki/%5$s/keystore.p12
                  trust-store: pki/%5$s/truststore.p12
                  password-file: pki/%5$s/password
                membership:
                  connect-string: %1$s
                  bind-address: 127.0.0.1
                  group-port: 0
                agent:
                  listen-address: 127.0.0.1
                  port: 0
                  shared-storage: %2$s/shared
                  boot-id-file: %2$s/boot-id
                  libvirt-uri: test:///default
                  vcpus: 1
                  memory-mib: 64
                  disk-gib: 1
                  supervisor:
                    port: %3$d
                    hung-after: 3s
                    directory: %4$s
                """.formatted(connectString, directory, port, run, certificate));
    }

    AgentProcessSettings loaded() {
        return SettingsLoader.load(settings, AgentProcessSettings.defaults());
    }

    /** A distribution whose {@code holdfast agent} is what the shell makes of the text. */
    Path distribution(String agent) throws IOException {
        Path bin = Files.createDirectories(directory.resolve("dist/bin"));
        Path program = bin.resolve("holdfast");
        Files.writeString(program, """
                #!/bin/sh
                if [ "$1" = agent ]; then
                    %s
                fi
                exec %s -Dholdfast.home=%s io.holdfast.server.Main "$@"
                """.formatted(agent, java(), directory.resolve("dist")));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    /** The beginning of a command line that runs what is under test, with little memory. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java")
                + " -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp " + System.getProperty("java.class.path");
    }

    String fakeAgent() {
        return "exec " + java() + " " + FakeAgent.class.getName() + " " + run + " boot-1 " + port;
    }

    /** Started as a process of its own; what it says goes to the file. */
    Process supervisor(Path program, Path says) throws IOException {
        return new ProcessBuilder(program.toString(), "agent-supervisor", "--settings", settings.toString())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(says.toFile()))
                .start();
    }

    /** What a controller hears. */
    Reachability called() {
        HostRegistration registration = new HostRegistration(
                        H1, SegmentId.of("default"), "zone", "boot", "session", "127.0.0.1", 1, new Resources(1, 1, 1))
                .supervisedAt(port);
        return probe.call(registration, PATIENT);
    }

    /** The agent that lives, by its life sign. */
    Optional<LifeSign.Read> living() throws IOException {
        Optional<LifeSign.Read> sign = LifeSign.read(run);
        return sign.isPresent() && sign.get().process().isAlive() ? sign : Optional.empty();
    }

    /** Of the agent that lives; 0 when none does. */
    long beats() throws IOException {
        return living().map(LifeSign.Read::beats).orElse(0L);
    }

    static void signal(long pid, String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .start()
                .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + " " + pid + " ended with " + code);
        }
    }
}
