package io.holdfast.server.lab;

import io.holdfast.lab.HostPlan;
import io.holdfast.lab.Lab;
import io.holdfast.lab.LabPlan;
import io.holdfast.lab.LabStatus;
import io.holdfast.lab.Network;
import io.holdfast.model.HostId;
import io.holdfast.model.TlsFiles;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.Role;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Holdfast on the lab: one controller, an agent on every host, and what they need to know each other.
 *
 * <p>Everything is written once and kept with the lab's state, so that a lab which is brought up again has the same
 * certificates, tokens and database.
 */
public final class Deployment {

    /** The projects that have tokens in the lab, beside the operator's. */
    public static final List<String> PROJECTS = List.of("shop", "nfv");

    private static final int API_PORT = 8774;
    private static final int AGENT_PORT = 8775;
    private static final int ZOOKEEPER_PORT = 2281;
    private static final int GROUP_PORT = 7800;

    private final Lab lab;
    private final Path state;
    private final Distribution distribution;

    private Deployment(Lab lab, Path state, Distribution distribution) {
        this.lab = lab;
        this.state = state;
        this.distribution = distribution;
    }

    public static Deployment in(Path state, Distribution distribution) {
        Path absolute = state.toAbsolutePath().normalize();
        return new Deployment(Lab.at(absolute), absolute, distribution);
    }

    public Lab lab() {
        return lab;
    }

    public URI api() {
        return URI.create("https://" + Network.MGMT.controllerAddress() + ":" + API_PORT);
    }

    public Path authority() {
        return state.resolve("pki").resolve("ca.pem");
    }

    public Path adminTokenFile() {
        return tokenFile("admin");
    }

    public Path tokenFile(String owner) {
        return state.resolve("tokens").resolve(owner);
    }

    public Path controllerState() {
        return state.resolve("controller-state");
    }

    public Path controllerSettings() {
        return state.resolve("controller.yaml");
    }

    /** Brings everything up; idempotent. */
    public LabStatus up(int hosts, java.util.function.Consumer<String> progress) throws IOException {
        LabPlan bare = LabPlan.bare(hosts);
        Files.createDirectories(state);
        issueCertificates(bare);
        makeTokens();
        for (HostPlan host : bare.hostPlans()) {
            writeAgent(host);
        }
        // The BMCs' passwords exist once the lab was up; so the controller's settings come second, and then the
        // controller.
        LabPlan hostsOnly = new LabPlan(bare.hosts(), this::agentCommand, List.of());
        lab.up(hostsOnly, progress);
        writeController(bare.hostPlans());
        LabPlan whole = new LabPlan(
                bare.hosts(),
                this::agentCommand,
                distribution.command(
                        "controller", "--settings", controllerSettings().toString(), "--log-to-file"));
        return lab.up(whole, line -> {
            if (line.startsWith("controller")) {
                progress.accept(line);
            }
        });
    }

    private List<String> agentCommand(HostId host) {
        return distribution.command("agent", "--settings", "/etc/holdfast/agent.yaml");
    }

    private void issueCertificates(LabPlan plan) {
        Path directory = state.resolve("pki");
        CertificateAuthority authority = Files.exists(directory.resolve("ca.pem"))
                ? CertificateAuthority.open(directory, InstantSource.system())
                : CertificateAuthority.create(directory, "Holdfast lab", InstantSource.system());
        if (!Files.exists(directory.resolve("controller"))) {
            authority.issue(
                    "controller",
                    Role.CONTROLLER,
                    List.of("controller"),
                    List.of(Network.MGMT.controllerAddress(), "127.0.0.1"));
        }
        for (HostPlan host : plan.hostPlans()) {
            if (!Files.exists(directory.resolve(host.host().value()))) {
                authority.issue(
                        host.host().value(), Role.AGENT, List.of(host.host().value()), List.of(host.mgmtAddress()));
            }
        }
    }

    private void makeTokens() throws IOException {
        Files.createDirectories(state.resolve("tokens"));
        Map<String, String> rights = PROJECTS.stream().collect(Collectors.toMap(p -> p, p -> "member"));
        writeToken("admin", "admin", "operators");
        for (Map.Entry<String, String> entry : rights.entrySet()) {
            writeToken(entry.getKey(), entry.getValue(), entry.getKey());
        }
    }

    private void writeToken(String owner, String role, String project) throws IOException {
        Path line = state.resolve("tokens").resolve(owner + ".yaml");
        if (Files.exists(line)) {
            return;
        }
        NewToken token = NewToken.random();
        writePrivate(tokenFile(owner), token.token() + "\n");
        writePrivate(
                line,
                "    - {name: " + owner + ", role: " + role + ", project: " + project + ", hash: \"" + token.hash()
                        + "\"}\n");
    }

    private void writeAgent(HostPlan host) throws IOException {
        Path directory = lab.configurationDirectory(host.host());
        Path tls = Files.createDirectories(directory.resolve("tls"));
        TlsFiles identity = CertificateAuthority.files(
                state.resolve("pki").resolve(host.host().value()));
        for (Path file : List.of(identity.keyStore(), identity.trustStore(), identity.passwordFile())) {
            Path target = tls.resolve(String.valueOf(file.getFileName()));
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        }
        writePrivate(directory.resolve("agent.yaml"), """
                state-directory: /var/lib/holdfast/agent
                host: %1$s
                tls:
                  key-store: tls/keystore.p12
                  trust-store: tls/truststore.p12
                  password-file: tls/password
                membership:
                  connect-string: %2$s:%3$d
                  bind-address: %4$s
                  group-port: %5$d
                  # Three hosts, six guests and a controller share this machine's processors.
                  session-timeout: 2s
                agent:
                  listen-address: %4$s
                  port: %6$d
                  shared-storage: /srv/shared
                  boot-id-file: /run/holdfast/boot-id
                  virtualization: tcg
                  vcpus: 8
                  memory-mib: 2048
                """.formatted(
                        host.host(),
                        Network.MGMT.controllerAddress(),
                        ZOOKEEPER_PORT,
                        host.mgmtAddress(),
                        GROUP_PORT,
                        AGENT_PORT));
    }

    private void writeController(List<HostPlan> hosts) throws IOException {
        StringBuilder devices = new StringBuilder();
        Path passwords = Files.createDirectories(state.resolve("bmc-passwords"));
        for (HostPlan host : hosts) {
            Path password = passwords.resolve(host.host().value());
            writePrivate(password, lab.bmcCredentials(host.host()).fencerPassword() + "\n");
            devices.append("""
                        %1$s:
                          address: %2$s
                          user: fencer
                          privilege: operator
                          password-file: bmc-passwords/%1$s
                    """.formatted(host.host(), host.bmcAddress()));
        }
        StringBuilder tokens = new StringBuilder(Files.readString(state.resolve("tokens/admin.yaml")));
        for (String project : PROJECTS) {
            tokens.append(Files.readString(state.resolve("tokens/" + project + ".yaml")));
        }
        writePrivate(controllerSettings(), """
                state-directory: controller-state
                name: controller
                tls:
                  key-store: pki/controller/keystore.p12
                  trust-store: pki/controller/truststore.p12
                  password-file: pki/controller/password
                membership:
                  bind-address: %1$s
                  zookeeper-port: %2$d
                  group-port: %3$d
                  session-timeout: 2s
                fencing:
                  devices:
                %4$scompute:
                  shared-storage: %5$s
                recovery:
                  guards:
                    # The lab kills the same few hosts again and again; that is what it is for.
                    flap-limit: 1000
                    fences-per-window: 1000
                notifications:
                  # The demo's receiver runs beside the controller.
                  allowed-networks: ["%6$s"]
                api:
                  address: %1$s
                  port: %7$d
                  tls:
                    key-store: pki/controller/keystore.p12
                    trust-store: pki/controller/truststore.p12
                    password-file: pki/controller/password
                  tokens:
                %8$s""".formatted(
                        Network.MGMT.controllerAddress(),
                        ZOOKEEPER_PORT,
                        GROUP_PORT,
                        devices,
                        lab.sharedDirectory(),
                        Network.MGMT.cidr(),
                        API_PORT,
                        tokens));
    }

    private static void writePrivate(Path file, String text) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.TRUNCATE_EXISTING);
    }
}
