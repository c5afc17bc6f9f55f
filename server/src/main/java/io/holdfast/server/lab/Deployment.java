package io.holdfast.server.lab;

import io.holdfast.fencing.selffence.SelfFenceSettings;
import io.holdfast.lab.HostPlan;
import io.holdfast.lab.Lab;
import io.holdfast.lab.LabException;
import io.holdfast.lab.LabPlan;
import io.holdfast.lab.LabStatus;
import io.holdfast.lab.MachinePlan;
import io.holdfast.lab.Network;
import io.holdfast.lab.NetworkStorage;
import io.holdfast.membership.zookeeper.EnsembleServer;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.Distribution;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.pki.CertificateAuthority;
import io.holdfast.server.pki.Role;
import io.holdfast.slot.file.SlotDevice;
import io.holdfast.store.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Holdfast on the lab: one controller, an agent on every host, and what they need to know each other. Or several
 * controllers, and then what they stand on as well: a ZooKeeper ensemble and a PostgreSQL server, on machines of their own.
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
    private static final int ZOOKEEPER_SERVERS = 3;
    private static final int DATABASE_PORT = 5432;
    private static final int CONTROLLERS_MAX = 5;
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration DATABASE_LIMIT = Duration.ofSeconds(60);
    private static final int GROUP_PORT = 7800;
    private static final String SLOTS = "holdfast.slots";
    private static final int SLOTS_OF_THE_LAB = 32;
    private static final Duration SLOT_LIMIT = Duration.ofSeconds(60);

    /** The product's own, so that what is measured here is its default profile. */
    private static final Duration WATCHDOG_TIME = SelfFenceSettings.defaults().watchdogTime();

    /** Room for a silent BMC, a silent outlet and the wait for a host that stops itself; the product's default has room for two. */
    private static final String DEADLINE_OF_THREE_LEVELS = "  fence-deadline: 20s\n";

    private static final String REPEATED_FAILURES = """
              guards:
                # The same few hosts are made to fail again and again.
                flap-limit: 1000
                fences-per-window: 1000
            """;

    private final Lab lab;
    private final Path state;
    private final Distribution distribution;
    /** Lines below {@code recovery}, or none. */
    private final String guards;

    private final boolean outlets;
    private final Set<HostId> unwatched;
    private final boolean watchdogs;
    /** On which the agents are in a group of their own, beside the management network. */
    private final Set<Network> networks;

    private final Storage storage;
    /** Of the text of a controller's settings. */
    private final UnaryOperator<String> adjusted;

    /** Where guests' disks, agents' probes and slots are. */
    public enum Storage {
        /** A directory of this machine, which nothing can take away from a host. */
        DIRECTORY,
        /** A machine on the storage network, see {@link NetworkStorage}. */
        NBD
    }

    private Deployment(
            Lab lab,
            Path state,
            Distribution distribution,
            String guards,
            boolean outlets,
            Set<HostId> unwatched,
            boolean watchdogs,
            Set<Network> networks,
            Storage storage,
            UnaryOperator<String> adjusted) {
        this.lab = lab;
        this.state = state;
        this.distribution = distribution;
        this.guards = guards;
        this.outlets = outlets;
        this.unwatched = Set.copyOf(unwatched);
        this.watchdogs = watchdogs;
        this.networks = networks.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(networks));
        this.storage = storage;
        this.adjusted = adjusted;
    }

    public static Deployment in(Path state, Distribution distribution) {
        Path absolute = state.toAbsolutePath().normalize();
        return new Deployment(
                Lab.at(absolute),
                absolute,
                distribution,
                "",
                false,
                Set.of(),
                false,
                Set.of(),
                Storage.DIRECTORY,
                text -> text);
    }

    /**
     * The same for whoever makes the same hosts fail again and again: no controller that is started by {@link #up} puts a host
     * into quarantine, or holds a case, for how often something failed, and no agent tires of starting libvirt again. Otherwise
     * the guards are the product's own.
     */
    public Deployment forRepeatedFailures() {
        return new Deployment(
                lab,
                state,
                distribution,
                REPEATED_FAILURES,
                outlets,
                unwatched,
                watchdogs,
                networks,
                storage,
                adjusted);
    }

    /** Whether the first controller was last started so, as far as its settings on the disk say. */
    public boolean isForRepeatedFailures() throws IOException {
        return Files.exists(controllerSettings())
                && Files.readString(controllerSettings()).contains(REPEATED_FAILURES);
    }

    /**
     * The same with a power distribution unit, whose outlets are every host's second fence level: what is tried when its BMC
     * has not proven that it is off.
     */
    public Deployment withOutlets() {
        return new Deployment(
                lab, state, distribution, guards, true, unwatched, watchdogs, networks, storage, adjusted);
    }

    /** The same with hosts whose agents no supervisor watches: the host's init alone starts them again. */
    public Deployment withoutSupervisorOn(Set<HostId> hosts) {
        return new Deployment(lab, state, distribution, guards, outlets, hosts, watchdogs, networks, storage, adjusted);
    }

    /**
     * The same with a slot device on the shared storage, a watchdog in every host that its agent arms, and that as the last fence
     * level: what proves a host dead whose BMC died with it.
     */
    public Deployment withWatchdogs() {
        return new Deployment(lab, state, distribution, guards, outlets, unwatched, true, networks, storage, adjusted);
    }

    /**
     * The same with hosts whose agents are in a group on each of these networks as well. No controller has an address there: what
     * happens on them is what the hosts report.
     *
     * @param wanted of {@link Network#STORAGE} and {@link Network#TENANT}
     */
    public Deployment withNetworks(Set<Network> wanted) {
        return new Deployment(
                lab, state, distribution, guards, outlets, unwatched, watchdogs, wanted, storage, adjusted);
    }

    /** Whether the first controller was last started with a group on the storage network, as far as its settings on the disk say. */
    public boolean hasStorageNetwork() throws IOException {
        return Files.exists(controllerSettings())
                && Files.readString(controllerSettings()).contains("  networks:\n    storage: {}\n");
    }

    /** The same with controllers whose settings are what this makes of their text. */
    public Deployment adjustedBy(UnaryOperator<String> adjustment) {
        return new Deployment(
                lab, state, distribution, guards, outlets, unwatched, watchdogs, networks, storage, adjustment);
    }

    /** The same with the shared storage there. */
    public Deployment withStorage(Storage wanted) {
        return new Deployment(
                lab, state, distribution, guards, outlets, unwatched, watchdogs, networks, wanted, adjusted);
    }

    /** Whether the lab that was brought up last has a storage machine. */
    public boolean hasStorageByCable() {
        return lab.machines().stream().anyMatch(machine -> machine.name().equals(NetworkStorage.MACHINE));
    }

    /** The slot device, as seen from outside the hosts. */
    public Path slotDevice() {
        return lab.sharedDirectory().resolve(SLOTS);
    }

    public Lab lab() {
        return lab;
    }

    /** The API of a controller that runs: of the first one, unless that is down or paused and another is not. */
    public URI api() {
        List<LabStatus.MachineStatus> machines = lab.status().machines();
        for (LabStatus.MachineStatus machine : machines) {
            if (isController(machine) && machine.running() && !machine.paused() && machine.linkUp()) {
                return api(machine.address());
            }
        }
        return api(Network.MGMT.controllerAddress());
    }

    /** The machine from which a person looks: with several controllers none of theirs, which could be cut off. */
    public String standpoint() {
        return controllers().size() > 1 ? "db" : MachinePlan.FIRST_CONTROLLER;
    }

    /** @param controller name of its machine, for example {@code ctl-2} */
    public URI apiOf(String controller) {
        return api(lab.machines().stream()
                .filter(machine -> machine.name().equals(controller))
                .map(MachinePlan::mgmtAddress)
                .findFirst()
                .orElse(Network.MGMT.controllerAddress()));
    }

    private static URI api(String address) {
        return URI.create("https://" + address + ":" + API_PORT);
    }

    /** Names of the machines on which controllers run, in order. */
    public List<String> controllers() {
        return lab.machines().stream()
                .filter(MachinePlan::isController)
                .map(MachinePlan::name)
                .toList();
    }

    private static boolean isController(LabStatus.MachineStatus machine) {
        return machine.name().equals(MachinePlan.FIRST_CONTROLLER)
                || machine.name().startsWith("ctl-");
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
        return controllerState(1);
    }

    /** @param number 1 for the first */
    public Path controllerState(int number) {
        return state.resolve(number == 1 ? "controller-state" : "controller-" + number + "-state");
    }

    public Path controllerSettings() {
        return controllerSettings(1);
    }

    /** @param number 1 for the first */
    public Path controllerSettings(int number) {
        return state.resolve(number == 1 ? "controller.yaml" : "controller-" + number + ".yaml");
    }

    /** Brings everything up, with one controller; idempotent. */
    public LabStatus up(int hosts, Consumer<String> progress) throws IOException {
        return up(hosts, 1, progress);
    }

    /**
     * Brings everything up; idempotent.
     *
     * @param controllers with one, database and ZooKeeper are embedded in it; with more, they are on machines of their own
     */
    public LabStatus up(int hosts, int controllers, Consumer<String> progress) throws IOException {
        if (controllers < 1 || controllers > CONTROLLERS_MAX) {
            throw new IllegalArgumentException(
                    "a lab has between 1 and " + CONTROLLERS_MAX + " controllers, not " + controllers);
        }
        boolean several = controllers > 1;
        LabPlan bare = LabPlan.bare(hosts);
        Files.createDirectories(state);
        issueCertificates(bare, controllers);
        makeTokens();
        for (HostPlan host : bare.hostPlans()) {
            writeAgent(host, several);
            if (watchdogs) {
                lab.fitWatchdog(host.host(), WATCHDOG_TIME);
            }
        }
        if (watchdogs && !Files.exists(slotDevice())) {
            SlotDevice.create(slotDevice(), SegmentId.of("default"), SLOTS_OF_THE_LAB, Instant.now(), SLOT_LIMIT);
        }
        NetworkStorage served = new NetworkStorage(lab);
        for (HostPlan host : bare.hostPlans()) {
            served.serve(host.host(), storage == Storage.NBD ? storageOf(host.host()) : List.of());
        }
        List<MachinePlan> basis = several ? basis() : List.of();
        // The BMCs' passwords exist once the lab was up; so the controllers' settings come second, and then the
        // controllers.
        lab.up(plan(bare, controllers, false, basis), progress);
        if (several) {
            shareWebhookKey(controllers);
            awaitDatabase();
            progress.accept("database: answers");
        }
        for (int number = 1; number <= controllers; number++) {
            writeController(number, several, bare.hostPlans());
        }
        return lab.up(plan(bare, controllers, true, basis), line -> {
            if (line.startsWith("controller")) {
                progress.accept(line);
            }
        });
    }

    private LabPlan plan(LabPlan bare, int controllers, boolean started, List<MachinePlan> basis) {
        List<MachinePlan> machines = new ArrayList<>();
        for (int number = 1; number <= controllers; number++) {
            List<String> command = distribution.command(
                    "controller", "--settings", controllerSettings(number).toString(), "--log-to-file");
            machines.add(MachinePlan.controller(number, started ? command : List.of()));
        }
        machines.addAll(basis);
        if (outlets) {
            machines.add(lab.pdu());
        }
        if (storage == Storage.NBD) {
            machines.add(new NetworkStorage(lab).machine());
        }
        return new LabPlan(bare.hosts(), this::agentCommand, machines);
    }

    /** What the agent of a host writes to the shared storage itself: where it tries the storage, and its slot. */
    private List<String> storageOf(HostId host) {
        String probe = "instances/.health-" + host;
        return watchdogs ? List.of(probe, SLOTS) : List.of(probe);
    }

    // ---- what several controllers stand on

    private List<MachinePlan> basis() throws IOException {
        Path secret = state.resolve("database-password");
        if (!Files.exists(secret)) {
            writePrivate(secret, NewToken.random().token() + "\n");
        }
        Path programs = EmbeddedPostgres.programs(distribution.postgres(state.resolve("postgres-programs")));
        Path data = Files.createDirectories(state.resolve("database")).resolve("data");
        List<MachinePlan> machines = new ArrayList<>();
        machines.add(MachinePlan.database(List.of(
                "bash",
                state.resolve("bin/database").toString(),
                programs.toString(),
                data.toString(),
                databaseAddress(),
                Integer.toString(DATABASE_PORT),
                Network.MGMT.cidr(),
                secret.toString())));
        for (int number = 1; number <= ZOOKEEPER_SERVERS; number++) {
            List<String> command = new ArrayList<>(List.of("env", "HOLDFAST_JAVA_OPTS=-Xmx96m"));
            command.addAll(distribution.command(
                    "lab",
                    "--state",
                    state.toString(),
                    "zookeeper",
                    "--own",
                    Integer.toString(number),
                    "--servers",
                    Integer.toString(ZOOKEEPER_SERVERS)));
            machines.add(MachinePlan.zooKeeper(number, command));
        }
        return machines;
    }

    private static String databaseAddress() {
        return MachinePlan.database(List.of()).mgmtAddress();
    }

    private static Map<Integer, String> zooKeepers(int count) {
        Map<Integer, String> servers = new TreeMap<>();
        for (int number = 1; number <= count; number++) {
            servers.put(number, MachinePlan.zooKeeper(number, List.of()).mgmtAddress());
        }
        return servers;
    }

    /** Runs one ZooKeeper server in this process until it is ended. */
    void serveZooKeeper(int own, int servers) throws IOException {
        EnsembleServer.run(
                state.resolve("zookeeper-" + own),
                zooKeepers(servers),
                own,
                SESSION_TIMEOUT,
                new TlsKeys(
                        "tls",
                        CertificateAuthority.files(state.resolve("pki").resolve("zk-" + own)),
                        SecretReader.ofCommand(Map.of())));
    }

    /** Controllers that share a database share the key of the secrets in it, so they get it before they could make one. */
    private void shareWebhookKey(int controllers) throws IOException {
        Path first = controllerState(1).resolve("webhook.key");
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        for (int number = 1; number <= controllers; number++) {
            Files.createDirectories(
                    controllerState(number),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            Path file = controllerState(number).resolve("webhook.key");
            if (!Files.exists(file)) {
                writePrivate(
                        file,
                        Files.exists(first)
                                ? Files.readString(first)
                                : Base64.getEncoder().encodeToString(key) + "\n");
            }
        }
    }

    /** Controllers would wait for it too; but a database that does not start is told here, and not only in their logs. */
    private void awaitDatabase() throws IOException {
        long deadline = System.nanoTime() + DATABASE_LIMIT.toNanos();
        try {
            while (lab.inMachine("db", List.of("bash", "-c", ": > /dev/tcp/" + databaseAddress() + "/" + DATABASE_PORT))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    != 0) {
                if (System.nanoTime() > deadline) {
                    throw new LabException("the database does not answer after " + DATABASE_LIMIT.toSeconds()
                            + " s; see " + lab.log("db"));
                }
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while waiting for the database", e);
        }
    }

    // ---- identities and settings

    private List<String> agentCommand(HostId host) {
        String process = unwatched.contains(host) ? "agent" : "agent-supervisor";
        return distribution.command(process, "--settings", "/etc/holdfast/agent.yaml");
    }

    private void issueCertificates(LabPlan plan, int controllers) {
        Path directory = state.resolve("pki");
        CertificateAuthority authority = Files.exists(directory.resolve("ca.pem"))
                ? CertificateAuthority.open(directory, SecretReader.ofCommand(Map.of()), InstantSource.system())
                : CertificateAuthority.create(directory, "Holdfast lab", InstantSource.system());
        if (!Files.exists(directory.resolve("controller"))) {
            authority.issue(
                    "controller",
                    Role.CONTROLLER,
                    List.of("controller"),
                    List.of(Network.MGMT.controllerAddress(), "127.0.0.1"));
        }
        for (int number = 2; number <= controllers; number++) {
            if (!Files.exists(directory.resolve("controller-" + number))) {
                authority.issue(
                        "controller-" + number,
                        Role.CONTROLLER,
                        List.of("controller-" + number),
                        List.of(MachinePlan.controller(number, List.of()).mgmtAddress()));
            }
        }
        for (int number = 1; controllers > 1 && number <= ZOOKEEPER_SERVERS; number++) {
            if (!Files.exists(directory.resolve("zk-" + number))) {
                // The lowest role that can serve and call: no agent obeys it.
                authority.issue(
                        "zk-" + number,
                        Role.AGENT,
                        List.of("zk-" + number),
                        List.of(MachinePlan.zooKeeper(number, List.of()).mgmtAddress()));
            }
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

    private void writeAgent(HostPlan host, boolean several) throws IOException {
        Path directory = lab.configurationDirectory(host.host());
        Path tls = Files.createDirectories(directory.resolve("tls"));
        TlsFiles identity = CertificateAuthority.files(
                state.resolve("pki").resolve(host.host().value()));
        for (Path file : List.of(
                identity.keyStore(),
                identity.trustStore(),
                identity.passwordFile().path())) {
            Path target = tls.resolve(String.valueOf(file.getFileName()));
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        }
        writePrivate(directory.resolve("restart-libvirtd"), """
                # What the agent runs when it is asked to start libvirt again. The host's init starts it anew.
                for process in /proc/[0-9]*; do
                    if [ "$(cat "$process/comm" 2>/dev/null)" = libvirtd ]; then kill -KILL "${process#/proc/}"; fi
                done
                """);
        writePrivate(directory.resolve("agent.yaml"), """
                state-directory: /var/lib/holdfast/agent
                host: %1$s
                tls:
                  key-store: tls/keystore.p12
                  trust-store: tls/truststore.p12
                  password-file: tls/password
                # Made up for this lab, and thrown away with it.
                secrets:
                  plain: allow
                membership:
                  connect-string: %2$s
                  bind-address: %3$s
                  group-port: %4$d
                  # Three hosts, six guests and a controller share this machine's processors.
                  session-timeout: 2s
                %7$sagent:
                  listen-address: %3$s
                  port: %5$d
                  shared-storage: /srv/shared
                  boot-id-file: /run/holdfast/boot-id
                  virtualization: tcg
                  vcpus: 8
                  memory-mib: 2048
                  # The lab's guests do nothing but write; they do not hear that they are asked to shut down.
                  stop-grace: 3s
                  # Who moves a guest by hand, as a cluster would, may tell us so.
                  arrivals-grace: 60s
                health:
                  restart-libvirt: [/bin/sh, /etc/holdfast/restart-libvirtd]
                %8$s%6$s""".formatted(
                        host.host(),
                        several
                                ? EnsembleServer.connectString(zooKeepers(ZOOKEEPER_SERVERS))
                                : Network.MGMT.controllerAddress() + ":" + ZOOKEEPER_PORT,
                        host.mgmtAddress(),
                        GROUP_PORT,
                        AGENT_PORT,
                        watchdogs ? describeWatchdog() : "",
                        describeNetworks(network -> "{bind-address: " + host.address(network) + "}"),
                        guards.isEmpty() ? "" : "  restart-limit: 100\n"));
    }

    /** Below {@code membership}, or nothing. */
    private String describeNetworks(Function<Network, String> settings) {
        return networks.isEmpty()
                ? ""
                : networks.stream()
                        .map(network -> "    " + network.word() + ": " + settings.apply(network) + "\n")
                        .collect(Collectors.joining("", "  networks:\n", ""));
    }

    private static String describeWatchdog() {
        return """
                self-fence:
                  mode: watchdog
                  slot: /srv/shared/%s
                  watchdog: /run/holdfast/watchdog
                  watchdog-time: %dms
                  # A FIFO is no driver that could say what it does when it is closed; the lab's counts on.
                  trust-device: true
                """.formatted(SLOTS, WATCHDOG_TIME.toMillis());
    }

    private void writeController(int number, boolean several, List<HostPlan> hosts) throws IOException {
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
        if (outlets) {
            devices.append(describeOutlets(hosts, passwords));
        }
        if (watchdogs) {
            devices.append("    self-fence: {type: self-fence}\n");
        }
        devices.append(describeLevels());
        StringBuilder tokens = new StringBuilder(Files.readString(state.resolve("tokens/admin.yaml")));
        for (String project : PROJECTS) {
            tokens.append(Files.readString(state.resolve("tokens/" + project + ".yaml")));
        }
        String address = MachinePlan.controller(number, List.of()).mgmtAddress();
        String identity = number == 1 ? "controller" : "controller-" + number;
        String coordination = several
                ? "connect-string: " + EnsembleServer.connectString(zooKeepers(ZOOKEEPER_SERVERS))
                : "zookeeper-port: " + ZOOKEEPER_PORT;
        String store = several ? """
                store:
                  url: jdbc:postgresql://%s:%d/holdfast
                  user: holdfast
                  password-file: database-password
                """.formatted(databaseAddress(), DATABASE_PORT) : "";
        writePrivate(controllerSettings(number), adjusted.apply("""
                state-directory: %9$s
                name: %10$s
                tls:
                  key-store: pki/%11$s/keystore.p12
                  trust-store: pki/%11$s/truststore.p12
                  password-file: pki/%11$s/password
                # Made up for this lab, and thrown away with it.
                secrets:
                  plain: allow
                %12$smembership:
                  bind-address: %1$s
                  %2$s
                  group-port: %3$d
                  session-timeout: 2s
                %14$sfencing:
                  devices:
                %4$scompute:
                  shared-storage: %5$s
                %13$snotifications:
                  # The demo's receiver runs beside the controller.
                  allowed-networks: ["%6$s"]
                api:
                  address: %1$s
                  port: %7$d
                  tls:
                    key-store: pki/%11$s/keystore.p12
                    trust-store: pki/%11$s/truststore.p12
                    password-file: pki/%11$s/password
                  tokens:
                %8$s""".formatted(
                        address,
                        coordination,
                        GROUP_PORT,
                        devices,
                        lab.sharedDirectory(),
                        Network.MGMT.cidr(),
                        API_PORT,
                        tokens,
                        controllerState(number).getFileName(),
                        several ? "controller-" + number : "controller",
                        identity,
                        store,
                        describeRecovery(),
                        describeNetworks(network -> "{}"))));
    }

    /** The outlets as further devices. */
    private String describeOutlets(List<HostPlan> hosts, Path passwords) throws IOException {
        writePrivate(passwords.resolve(lab.pdu().name()), lab.pduCredentials().fencerPassword() + "\n");
        StringBuilder described = new StringBuilder();
        for (HostPlan host : hosts) {
            described.append("""
                        %1$s-outlet:
                          address: %2$s
                          port: %3$d
                          user: fencer
                          privilege: operator
                          password-file: bmc-passwords/%4$s
                    """.formatted(
                            host.host(),
                            lab.pdu().oobAddress(),
                            host.outletPort(),
                            lab.pdu().name()));
        }
        return described.toString();
    }

    /** Every host has the same: its BMC, its outlet where there are any, and the host itself where it has a watchdog. */
    private String describeLevels() {
        if (!outlets && !watchdogs) {
            return "";
        }
        return """
                  levels:
                    "*":
                      - devices: ["{host}"]
                """
                + (outlets ? "      - devices: [\"{host}-outlet\"]\n" : "")
                + (watchdogs ? "      - devices: [self-fence]\n  slot:\n    path: " + slotDevice() + "\n" : "");
    }

    private String describeRecovery() {
        String said = (outlets && watchdogs ? DEADLINE_OF_THREE_LEVELS : "") + guards;
        return said.isEmpty() ? "" : "recovery:\n" + said;
    }

    private static void writePrivate(Path file, String text) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.TRUNCATE_EXISTING);
    }
}
