package io.holdfast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lab: brings it up, hurts it, looks at it, takes it down.
 *
 * <p><b>Model.</b> The truth is in the kernel (namespaces, cgroups, links) and in the files of the state directory; an
 * object of this class holds nothing but the path. Any process may therefore do any step, and a step that was cut off by
 * {@code kill -9} is found half done by the next.
 *
 * <p><b>Invariants.</b>
 *
 * <ul>
 *   <li>While anything of the lab exists, the mark {@code /run/holdfast-lab} exists and says whose it is.
 *   <li>While a lab address exists anywhere, the lab's prefixes are unreachable from the machine's own network.
 *   <li>What is to be removed is noted under the mark before it is made; {@code down} removes noted things only.
 * </ul>
 *
 * <p><b>What if we die here?</b> In {@code up}: the mark is there, the rack is not or not complete; the next {@code up}
 * cleans and starts over, {@code down} cleans. In {@code down}: the mark goes last, so the next {@code down} goes on.
 * After a reboot of the machine the mark names another boot: nothing it notes can still exist, except empty directories.
 *
 * <p><b>Threads.</b> Any. {@link #up} and {@link #down} exclude each other by a lock over the machine; changes of one
 * host's power exclude each other by a lock that the BMC takes too.
 */
public final class Lab {

    private static final Logger LOG = LoggerFactory.getLogger(Lab.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where every host sees the shared directory. */
    public static final String SHARED_INSIDE = "/srv/shared";

    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
    /** sun_path holds 108 bytes with its closing zero. */
    private static final int SOCKET_PATH_LENGTH_MAX = 107;

    private final Path state;
    private final MachineFiles machineFiles;

    private Lab(Path state) {
        this.state = state;
        this.machineFiles = new MachineFiles(state);
    }

    /**
     * The lab whose files are under this directory; nothing is touched yet.
     *
     * @param stateDirectory may not exist yet; no blanks or quotes in its path, because BMC and shell read it too
     */
    public static Lab at(Path stateDirectory) {
        Path absolute = stateDirectory.toAbsolutePath().normalize();
        if (!absolute.toString().matches("[A-Za-z0-9/._@+=-]+")) {
            throw new IllegalArgumentException("the lab's state directory must have a plain path (letters, digits,"
                    + " / . _ @ + = -), and this one has not: '" + absolute + "'");
        }
        return new Lab(absolute);
    }

    /** The state directory of the lab that exists on this machine now, whoever made it; also of a crashed one. */
    public static Optional<Path> active() {
        return readMark().map(mark -> Path.of(mark.path("stateDirectory").asText()));
    }

    // ---- life ----------------------------------------------------------------------------------------------------

    /**
     * Makes what is missing, leaves what runs: namespaces, network, BMCs, power on every host that has none, the
     * controller. Returns when libvirtd of every host answers on its socket.
     *
     * @param progress gets one line per step, for people
     * @throws LabException when a requirement is missing, when a name or route is somebody else's, when another state
     *     directory has a lab on this machine of which a process still lives, or when a part does not start; what was made
     *     so far stays for {@link #down}
     */
    public LabStatus up(LabPlan plan, Consumer<String> progress) {
        Requirements requirements = Requirements.check();
        if (!requirements.met()) {
            throw new LabException("the lab cannot run here:\n" + requirements.explain());
        }
        for (HostPlan host : plan.hostPlans()) {
            int length = files(host).libvirtSocket().toString().getBytes(StandardCharsets.UTF_8).length;
            if (length > SOCKET_PATH_LENGTH_MAX) {
                throw new LabException("the state directory's path is too long: a socket in it would need " + length
                        + " bytes of at most " + SOCKET_PATH_LENGTH_MAX + "; choose a shorter one than " + state);
            }
        }
        try (MachineLock lock = MachineLock.take()) {
            if (removeForeignRemains(progress)) {
                lock.renew();
            }
            refuseForeignLab();
            if (readMark().isPresent() && rack().isEmpty()) {
                progress.accept("a lab crashed here; removing what is left of it");
                tearDown(progress);
                lock.renew();
            }
            refuseOtherPlan(plan);
            mark();
            MachineNetwork.pin();
            noteNamespaceDirectory();
            MachineNetwork.blockRoutes();
            progress.accept("routes: " + Network.MGMT.cidr() + ", " + Network.STORAGE.cidr() + ", "
                    + Network.TENANT.cidr() + " and " + Network.OOB.cidr() + " are unreachable from this machine");
            writeFiles(plan);
            mountPoints();
            Mark.making(script("wires"));
            progress.accept("network: mgmt " + Network.MGMT.cidr() + ", storage " + Network.STORAGE.cidr() + ", tenant "
                    + Network.TENANT.cidr() + ", oob " + Network.OOB.cidr());
            startRack();
            inParallel(plan.hostPlans(), host -> {
                if (bmcFault(host.host()) != BmcFault.DEAD) {
                    inRack("bmc", host.host().value(), "start");
                }
                inRack("outlet", host.host().value(), "set", "power", "1");
                inRack("power", host.host().value(), "on");
                progress.accept(host.host() + ": power on, " + host.mgmtAddress() + ", BMC " + host.bmcAddress());
            });
            // What the others stand on first: the plan's order is the controllers, then that.
            for (MachinePlan machine : plan.machines().reversed()) {
                if (!machine.command().isEmpty()) {
                    start(machine.name());
                    progress.accept((machine.isController() ? "controller" : "machine " + machine.name())
                            + ": started in lab-" + machine.name() + ", " + machine.address());
                }
            }
            inParallel(plan.hostPlans(), host -> {
                awaitLibvirt(host);
                progress.accept(host.host() + ": libvirtd answers");
            });
            LOG.info("lab: down -> up, hosts {}, state {}", plan.hosts(), state);
            return status();
        } catch (IOException e) {
            throw new UncheckedIOException("the lab could not be brought up in " + state, e);
        }
    }

    /**
     * Removes every process, namespace, mount, bridge, cgroup and route of the lab, whatever state it is in; twice is the
     * same as once. Files under the state directory stay: logs, instance disks, the hosts' own disks.
     *
     * @throws LabException when the lab on this machine belongs to another state directory, or when something of it
     *     cannot be removed; calling again goes on where it stopped
     */
    public void down(Consumer<String> progress) {
        if (!Files.exists(Mark.DIRECTORY)) {
            progress.accept("no lab on this machine");
            return;
        }
        try (MachineLock _ = MachineLock.take()) {
            if (readMark().isEmpty()) {
                // A tool was killed between taking the lock and writing down whose the lab is. It has made nothing yet
                // but files under the mark, which would otherwise stay for ever.
                Mark.clear();
                progress.accept("no lab on this machine");
                return;
            }
            refuseForeignLab();
            tearDown(progress);
            LOG.info("lab: up -> down, state {}", state);
        } catch (IOException e) {
            throw new UncheckedIOException("the lab in " + state + " could not be removed completely", e);
        }
    }

    /** What is there right now. Cheap, and allowed at any time. */
    public LabStatus status() {
        Belongings belongings = Belongings.find();
        List<HostPlan> plans = hosts();
        boolean ours = active().map(state::equals).orElse(false);
        boolean up = ours && rack().isPresent();
        LabStatus.State overall = up ? LabStatus.State.UP : ours ? LabStatus.State.CRASHED : LabStatus.State.DOWN;
        if (!ours) {
            return new LabStatus(
                    overall,
                    state,
                    List.of(),
                    new LabStatus.ControllerStatus(false, OptionalLong.empty()),
                    List.of(),
                    belongings.kind().word());
        }
        Map<String, Boolean> ports = up ? ports() : Map.of();
        List<LabStatus.HostStatus> hosts = new ArrayList<>();
        for (HostPlan plan : plans) {
            String name = plan.host().value();
            Set<Long> members = belongings.members(name);
            // Three numbers: the machine's, the rack's, and its own, which is 1.
            OptionalLong init = members.stream()
                    .filter(pid -> {
                        List<Long> numbers = Belongings.numbers(pid);
                        return numbers.size() >= 3 && numbers.getLast() == 1;
                    })
                    .mapToLong(Long::longValue)
                    .findFirst();
            PowerState power = !up ? PowerState.UNKNOWN : members.isEmpty() ? PowerState.OFF : PowerState.ON;
            hosts.add(new LabStatus.HostStatus(
                    plan,
                    power,
                    belongings.frozen(name),
                    cable(plan, Network.MGMT, ports),
                    cable(plan, Network.STORAGE, ports),
                    cable(plan, Network.TENANT, ports),
                    cable(plan, Network.OOB, ports),
                    init,
                    belongings.members("bmc-" + name).stream()
                            .mapToLong(Long::longValue)
                            .findFirst(),
                    bmcFault(plan.host()),
                    !Files.exists(files(plan).outletOff()),
                    !members.isEmpty() && accepts(files(plan).libvirtSocket())));
        }
        return new LabStatus(
                overall,
                state,
                List.copyOf(hosts),
                new LabStatus.ControllerStatus(
                        machineFiles.isPlanned(MachinePlan.FIRST_CONTROLLER),
                        machineFiles.pid(belongings, MachinePlan.FIRST_CONTROLLER)),
                machineFiles.status(belongings, ports),
                belongings.kind().word());
    }

    // ---- faults --------------------------------------------------------------------------------------------------

    /** Changes the power of a host. Returns when it is done: after {@link PowerAction#PULL_PLUG} no process is left. */
    public void power(HostId host, PowerAction action) {
        plan(host);
        inRack(
                "power",
                host.value(),
                switch (action) {
                    case PULL_PLUG -> "off";
                    case PRESS_ON -> "on";
                    case RESET -> "reset";
                });
        LOG.info("host {}: {}", host, action);
    }

    /** Sets how the host's BMC misbehaves from now on; {@link BmcFault#NONE} heals it. */
    public void bmc(HostId host, BmcFault fault) {
        HostPlan plan = plan(host);
        try {
            Files.writeString(files(plan).bmcHome().resolve("fault"), fault.name());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set the fault of the BMC of " + host, e);
        }
        inRack("bmc", host.value(), fault == BmcFault.DEAD ? "stop" : "start");
        LOG.info("bmc of {}: {}", host, fault);
    }

    /**
     * Switches the outlet that feeds the host, as its power distribution unit does when it is told to. Off ends the host
     * and keeps it off, whatever its BMC is told; on does not start it.
     */
    public void outlet(HostId host, boolean on) {
        plan(host);
        inRack("outlet", host.value(), "set", "power", on ? "1" : "0");
        LOG.info("host {}: outlet {}", host, on ? "on" : "off");
    }

    /**
     * Cuts or mends a cable: the host's in {@link Network#MGMT}, {@link Network#STORAGE} or {@link Network#TENANT}, its BMC's in
     * {@link Network#OOB}.
     * Survives power cycles.
     */
    public void network(HostId host, Network network, boolean up) {
        cable(host, network, up ? Cable.UP : Cable.DOWN);
    }

    /** Makes a cable as it shall be, whatever it was: the host's in {@link Network#MGMT}, its BMC's in {@link Network#OOB}. */
    public void cable(HostId host, Network network, Cable cable) {
        plan(host);
        inRack("fault", "port", network.word(), host.value(), cable.word());
        LOG.info("host {}: cable in {} {}", host, network, cable);
    }

    /** Stops every process of the host where it stands; its kernel goes on answering pings and TCP connects. */
    public void freeze(HostId host) {
        plan(host);
        inRack("fault", "freeze", host.value());
        LOG.info("host {}: frozen", host);
    }

    /** Lets a frozen host go on as if no time had passed. */
    public void thaw(HostId host) {
        plan(host);
        inRack("fault", "thaw", host.value());
        LOG.info("host {}: thawed", host);
    }

    // ---- machines ------------------------------------------------------------------------------------------------

    /** Starts the first controller's command; no effect while it runs. */
    public void startController() {
        start(MachinePlan.FIRST_CONTROLLER);
    }

    /** SIGTERM, up to ten seconds of patience, then SIGKILL for whatever came from it. */
    public void stopController() {
        stop(MachinePlan.FIRST_CONTROLLER);
    }

    /** SIGKILL for the first controller's own process, and nothing for what it started: what {@code kill -9} does. */
    public void killController() {
        kill(MachinePlan.FIRST_CONTROLLER);
    }

    /** Starts the command of a machine of the plan; no effect while it runs. */
    public void start(String machine) {
        tell(machine, "start");
    }

    /** SIGTERM, up to ten seconds of patience, then SIGKILL for whatever came from it. */
    public void stop(String machine) {
        tell(machine, "stop");
    }

    /**
     * For a controller SIGKILL to its own process and nothing to what it started, which is what {@code kill -9} does; for
     * any other machine to everything on it, as if it had lost power. Returns when it is dead. The outlets of a power
     * distribution unit stay as they are.
     */
    public void kill(String machine) {
        tell(machine, "kill");
    }

    /** SIGSTOP: the machine's processes stand where they are; its kernel goes on answering pings and TCP connects. */
    public void pause(String machine) {
        tell(machine, "pause");
    }

    /** SIGCONT, as if no time had passed. */
    public void resume(String machine) {
        tell(machine, "resume");
    }

    /** Cuts or mends a cable of a machine that is not a host. Mended by the next {@link #up} of a new lab. */
    public void network(String machine, Network network, boolean up) {
        MachinePlan plan = machine(machine);
        if (plan.address(network).isEmpty()) {
            throw new LabException(machine + " has no cable in " + network.word());
        }
        inRack("fault", "machine-port", network.word(), Integer.toString(plan.index()), up ? "up" : "down");
        LOG.info("machine {}: cable in {} {}", machine, network, up ? "mended" : "cut");
    }

    private void tell(String machine, String action) {
        machine(machine);
        inRack("machine", machine, action);
        LOG.info("machine {}: {}", machine, action);
    }

    // ---- looking inside --------------------------------------------------------------------------------------------

    /**
     * A command inside a host: its file tree, network, processes. It is frozen and killed with the host. Not started yet;
     * redirect as needed. Exit code 125 when the host has no power.
     */
    public ProcessBuilder inHost(HostId host, List<String> command) {
        plan(host);
        return Subprocess.of(enter(host.value(), command));
    }

    /**
     * A command in the network namespace of the controller, with everything else as on the machine itself; a JVM started
     * this way reaches the lab's addresses and may use this class as well. Not started yet. {@link #down} ends it, unless
     * it is the one that calls it.
     */
    public ProcessBuilder inController(List<String> command) {
        return inMachine(MachinePlan.FIRST_CONTROLLER, command);
    }

    /** As {@link #inController}, in the network namespace of any machine that is not a host. */
    public ProcessBuilder inMachine(String machine, List<String> command) {
        if (rack().isEmpty()) {
            throw notUp();
        }
        machine(machine);
        // Not through the rack's pid namespace: in there the machine's process numbers, by which we know the rack, mean
        // somebody else.
        List<String> whole = new ArrayList<>(List.of("nsenter", "--net=/run/netns/lab-" + machine, "--"));
        whole.addAll(command);
        return Subprocess.of(whole);
    }

    /** What the hosts see as {@code /srv/shared}, as the machine and the controller see it. Made when missing. */
    public Path sharedDirectory() {
        return made(state.resolve("shared"));
    }

    /** Turns a path under {@code /srv/shared}, as a host sees it, into one that this process can open; others stay. */
    public Path locate(Path path) {
        Path inside = Path.of(SHARED_INSIDE);
        return path.startsWith(inside) ? sharedDirectory().resolve(inside.relativize(path)) : path;
    }

    /** What the host sees as {@code /etc/holdfast}: put settings and certificates here, before {@link #up} if it needs them at boot. */
    public Path configurationDirectory(HostId host) {
        return made(state.resolve("hosts").resolve(host.value()).resolve("etc-holdfast"));
    }

    /**
     * Gives the host a watchdog timer on its board, from its next power-on: a FIFO, {@code /run/holdfast/watchdog} inside, that is
     * used like {@code /dev/watchdog}. It is none of the host's processes, so a frozen host is reset as well.
     */
    public void fitWatchdog(HostId host, Duration time) throws IOException {
        Files.writeString(
                configurationDirectory(host).resolveSibling("watchdog-millis"),
                time.toMillis() + System.lineSeparator());
    }

    /** What the host sees as {@code /var/lib/holdfast}; survives power cycles. */
    public Path dataDirectory(HostId host) {
        return made(state.resolve("hosts").resolve(host.value()).resolve("var-lib-holdfast"));
    }

    /** Logs of the host's services ({@code agent.log}, {@code libvirtd.log}, {@code virtlockd.log}, {@code console.log}). */
    public Path logDirectory(HostId host) {
        return made(state.resolve("hosts").resolve(host.value()).resolve("log"));
    }

    /** What the first controller wrote to standard output and error. */
    public Path controllerLog() {
        return log(MachinePlan.FIRST_CONTROLLER);
    }

    /** What a machine's command wrote to standard output and error. */
    public Path log(String machine) {
        return machineFiles.log(machine);
    }

    /** The machines of the plan that {@link #up} was called with last, without their commands. */
    public List<MachinePlan> machines() {
        return machineFiles.plans();
    }

    private MachinePlan machine(String name) {
        return machines().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new LabException("the lab has no machine " + name + "; it has "
                        + machines().stream().map(MachinePlan::name).toList()));
    }

    /** libvirtd's socket of a host, reachable from outside its namespaces while it has power. */
    public Path libvirtSocket(HostId host) {
        return files(plan(host)).libvirtSocket();
    }

    /** The hosts of the plan that {@link #up} was called with last; empty before. */
    public List<HostPlan> hosts() {
        Path file = state.resolve("lab.json");
        try {
            List<HostPlan> plans = new ArrayList<>();
            for (JsonNode host : JSON.readTree(Files.readAllBytes(file)).path("hosts")) {
                plans.add(HostPlan.of(HostId.of(host.asText()), plans.size() + 1));
            }
            return List.copyOf(plans);
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** The users of a host's BMC. */
    public BmcCredentials bmcCredentials(HostId host) {
        BmcCredentials credentials = credentials().get(host.value());
        if (credentials == null) {
            throw new LabException("host " + host + " has no BMC in this lab; bring the lab up first");
        }
        return credentials;
    }

    /** The power distribution unit with an outlet for each host; for a plan that wants one. */
    public MachinePlan pdu() {
        return MachinePlan.pdu(List.of("bash", state.resolve("bin/pdu").toString()));
    }

    /** The users of every outlet of the power distribution unit. */
    public BmcCredentials pduCredentials() {
        BmcCredentials credentials = credentials().get(MachinePlan.PDU);
        if (credentials == null) {
            throw new LabException("there are no outlets before the lab was up once; bring the lab up first");
        }
        return credentials;
    }

    // ---- up, step by step ------------------------------------------------------------------------------------------

    /**
     * A lab of another directory of which nothing lives any more is names and mounts, and nobody's: whoever made it was
     * killed, and often its directory is forgotten. A single live process in it, be it a person's shell, keeps it theirs.
     */
    private boolean removeForeignRemains(Consumer<String> progress) throws IOException {
        Optional<Path> other = active().filter(owner -> !owner.equals(state));
        if (other.isEmpty()) {
            return false;
        }
        Lab dead = at(other.get());
        if (dead.rack().isPresent()
                || !Belongings.find().everything(madeNamespaces()).isEmpty()) {
            return false;
        }
        progress.accept("a lab of " + other.get() + " crashed here; removing what is left of it");
        dead.tearDown(progress);
        return true;
    }

    private static Set<String> madeNamespaces() throws IOException {
        Set<String> namespaces = new LinkedHashSet<>();
        Mark.created().stream()
                .filter(line -> line.startsWith("netns "))
                .forEach(line -> namespaces.add(line.substring(6)));
        return namespaces;
    }

    private void refuseForeignLab() {
        active().filter(other -> !other.equals(state)).ifPresent(other -> {
            throw new LabException("another lab exists on this machine, with its state in " + other
                    + "; take it down first (there can be one lab per machine)");
        });
    }

    private void refuseOtherPlan(LabPlan plan) {
        List<HostId> running =
                readMark().isPresent() ? hosts().stream().map(HostPlan::host).toList() : plan.hosts();
        if (!running.isEmpty() && !running.equals(plan.hosts())) {
            throw new LabException("this lab runs with hosts " + running + ", not " + plan.hosts()
                    + "; take it down before changing its hosts");
        }
        List<String> wanted = plan.machines().stream().map(MachinePlan::name).toList();
        List<String> there = readMark().isPresent()
                ? machines().stream().map(MachinePlan::name).toList()
                : wanted;
        if (!there.isEmpty() && !there.equals(wanted)) {
            throw new LabException(
                    "this lab runs with " + there + ", not " + wanted + "; take it down before changing its machines");
        }
    }

    private void mark() throws IOException {
        if (Files.exists(Mark.LAB)) {
            return;
        }
        ObjectNode mark = JSON.createObjectNode();
        mark.put("stateDirectory", state.toString());
        mark.put("machineBoot", machineBoot());
        mark.put("createdByPid", ProcessHandle.current().pid());
        Mark.begin();
        Scripts.writePrivate(Mark.LAB, mark.toPrettyString());
    }

    private static Optional<JsonNode> readMark() {
        try {
            return Optional.of(JSON.readTree(Files.readAllBytes(Mark.LAB)));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + Mark.LAB, e);
        }
    }

    private static String machineBoot() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    private void writeFiles(LabPlan plan) throws IOException {
        Files.createDirectories(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Scripts.extract(state.resolve("bin"));
        Belongings belongings = Belongings.find();
        belongings.create();
        Files.writeString(
                state.resolve("lab.env"),
                "CGROUP_KIND=%s CGROUP=%s%n".formatted(belongings.kind().word(), belongings.tree()));
        for (String directory : List.of("images", "instances", "locks")) {
            Files.createDirectories(sharedDirectory().resolve(directory));
        }
        ArrayNode machines = machineFiles.write(plan.machines());

        Map<String, BmcCredentials> credentials = new HashMap<>(credentials());
        ObjectNode secrets = JSON.createObjectNode();
        ArrayNode names = JSON.createArrayNode();
        BmcCredentials ofPdu = credentials.computeIfAbsent(MachinePlan.PDU, Lab::freshCredentials);
        secrets.set(MachinePlan.PDU, json(ofPdu));
        for (HostPlan host : plan.hostPlans()) {
            BmcCredentials own = credentials.computeIfAbsent(host.host().value(), Lab::freshCredentials);
            names.add(host.host().value());
            secrets.set(host.host().value(), json(own));
            files(host).write(plan.hostPlans(), plan.agentCommand().apply(host.host()), own, ofPdu);
        }
        Scripts.writePrivate(state.resolve("bmc/credentials.json"), secrets.toPrettyString());
        Scripts.writePrivate(
                state.resolve("lab.json"),
                JSON.createObjectNode()
                        .<ObjectNode>set("hosts", names)
                        .set("machines", machines)
                        .toPrettyString());
    }

    private static BmcCredentials freshCredentials(String whose) {
        return new BmcCredentials(password(), password());
    }

    private static ObjectNode json(BmcCredentials credentials) {
        return JSON.createObjectNode()
                .put(BmcCredentials.ADMIN, credentials.adminPassword())
                .put(BmcCredentials.FENCER, credentials.fencerPassword());
    }

    /** IPMI allows 20 bytes at most, and 16 in its older form. */
    private static String password() {
        byte[] bytes = new byte[8];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Places to mount a host's own directories on. Made on the machine where missing, and then noted, to be removed. */
    private static void mountPoints() throws IOException {
        for (String place : List.of(
                SHARED_INSIDE,
                "/etc/holdfast",
                "/var/lib/holdfast",
                "/etc/libvirt",
                "/var/lib/libvirt",
                "/var/cache/libvirt",
                "/var/log/libvirt")) {
            Path path = Path.of(place);
            if (!Files.exists(path)) {
                Mark.note("directory " + place);
                Files.createDirectories(path);
            }
        }
    }

    /** The first {@code ip netns add} of a machine leaves a mount behind; if it is ours, it goes with us. */
    private static void noteNamespaceDirectory() throws IOException {
        if (!Mark.isMounted("/run/netns")) {
            Mark.note("mount /run/netns");
        }
    }

    private void startRack() throws IOException {
        if (rack().isPresent()) {
            return;
        }
        Path ready = state.resolve("rack.ready");
        Files.deleteIfExists(ready);
        Files.deleteIfExists(state.resolve("rack.fifo"));
        Commands.run(List.of("mkfifo", "-m", "600", state.resolve("rack.fifo").toString()));
        // The rack leaves our session and cgroup before anything else, and keeps none of our files open.
        // The lock of the other steps, too, until it is a member of its cgroup and can be found there.
        String start = "exec 8> \"$2\"; flock -s 8; [ -e \"$3\" ];"
                + " LAB=\"$1\"; . \"$LAB/bin/common\"; join rack;"
                + " exec 8>&- setsid nsenter --net=/run/netns/lab-sw"
                + " unshare --pid --fork --kill-child --mount-proc --propagation slave bash \"$LAB/bin/rack-init\"";
        Process starter = Subprocess.of(
                        "bash", "-euc", start, "rack", state.toString(), Mark.STEPS.toString(), Mark.LAB.toString())
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(state.resolve("rack.log").toFile())
                .start();
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        while (!Files.exists(ready) || rackCandidate(starter.pid()).isEmpty()) {
            if (!starter.isAlive() || System.nanoTime() > deadline) {
                throw new LabException("the rack did not start: "
                        + Files.readString(state.resolve("rack.log")).strip());
            }
            Belongings.pause();
        }
        long pid = rackCandidate(starter.pid()).orElseThrow();
        Files.writeString(
                state.resolve("rack.pid"),
                pid + " " + Belongings.startedTicks(pid).orElse(0) + " " + machineBoot());
    }

    private static OptionalLong rackCandidate(long parent) {
        return ProcessHandle.of(parent).stream()
                .flatMap(ProcessHandle::descendants)
                .mapToLong(ProcessHandle::pid)
                .filter(pid -> {
                    List<Long> numbers = Belongings.numbers(pid);
                    return numbers.size() >= 2 && numbers.getLast() == 1;
                })
                .findFirst();
    }

    /** Pid 1 of the lab's pid namespace, if it lives: number, start time and boot of the machine must all agree. */
    private OptionalLong rack() {
        try {
            String[] words = Files.readString(state.resolve("rack.pid")).strip().split(" ", -1);
            if (words.length == 3 && words[2].equals(machineBoot())) {
                long pid = Long.parseLong(words[0]);
                OptionalLong started = Belongings.startedTicks(pid);
                if (started.isPresent() && started.getAsLong() == Long.parseLong(words[1]) && Belongings.isAlive(pid)) {
                    return OptionalLong.of(pid);
                }
            }
            return OptionalLong.empty();
        } catch (NoSuchFileException none) {
            return OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            throw new LabException("cannot read " + state.resolve("rack.pid"), e);
        }
    }

    private void awaitLibvirt(HostPlan host) {
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        while (!accepts(files(host).libvirtSocket())) {
            if (System.nanoTime() > deadline) {
                throw new LabException("libvirtd of " + host.host() + " does not answer after "
                        + READY_LIMIT.toSeconds() + " s; see "
                        + logDirectory(host.host()).resolve("libvirtd.log"));
            }
            Belongings.pause();
        }
    }

    private static boolean accepts(Path socket) {
        if (!Files.exists(socket)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException refused) {
            // The file is there and nobody listens, or no longer: that is the answer.
            return false;
        }
    }

    // ---- down, step by step ----------------------------------------------------------------------------------------

    private void tearDown(Consumer<String> progress) throws IOException {
        Commands.run(List.of("flock", "--timeout", "30", Mark.STEPS.toString(), "true"));
        Set<String> created = Mark.created();
        Set<String> namespaces = madeNamespaces();

        Belongings belongings = Belongings.find();
        int killed = killEverything(belongings, namespaces);
        progress.accept("processes: " + killed + " ended");
        for (String namespace : namespaces) {
            if (Files.exists(Path.of("/run/netns", namespace))) {
                Commands.run(List.of("ip", "netns", "delete", namespace));
            }
        }
        progress.accept("network: " + namespaces.size() + " namespaces removed");
        belongings.remove();
        Path netns = Path.of("/run/netns");
        if (created.contains("mount /run/netns") && Mark.isMounted(netns.toString()) && isEmpty(netns)) {
            Commands.run(List.of("umount", netns.toString()));
            removeIfEmpty(netns);
        }
        for (String line : created) {
            if (line.startsWith("directory ")) {
                removeIfEmpty(Path.of(line.substring("directory ".length())));
            }
        }
        // The routes go after the last process that could send a packet.
        MachineNetwork.release(created);
        Files.deleteIfExists(state.resolve("rack.pid"));
        Files.deleteIfExists(state.resolve("rack.ready"));
        Files.deleteIfExists(state.resolve("rack.fifo"));
        Mark.clear();
        progress.accept("the lab is down");
    }

    private int killEverything(Belongings belongings, Set<String> namespaces) throws IOException {
        Set<Long> seen = new LinkedHashSet<>();
        long deadline = System.nanoTime() + KILL_LIMIT.toNanos();
        while (true) {
            Set<Long> alive = belongings.everything(namespaces);
            // The death of the rack's pid 1 ends all others at once, so that none can start another meanwhile.
            rack().ifPresent(alive::add);
            if (alive.isEmpty()) {
                return seen.size();
            }
            if (System.nanoTime() > deadline) {
                throw new LabException("these processes of the lab do not die: " + alive
                        + "; look at /proc/PID/stack, then call down again");
            }
            seen.addAll(alive);
            for (long pid : alive) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
            // Killed first, thawed second: the other order would give a frozen guest a moment in which it writes.
            belongings.thawAll();
            Belongings.pause();
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var children = Files.list(directory)) {
            return children.findAny().isEmpty();
        }
    }

    private static void removeIfEmpty(Path directory) throws IOException {
        try {
            Files.deleteIfExists(directory);
        } catch (java.nio.file.DirectoryNotEmptyException inUse) {
            LOG.warn("{} was made by the lab and is not empty now; it stays", directory);
        }
    }

    // ---- small things ----------------------------------------------------------------------------------------------

    private HostFiles files(HostPlan plan) {
        return new HostFiles(state, plan);
    }

    private HostPlan plan(HostId host) {
        return hosts().stream()
                .filter(one -> one.host().equals(host))
                .findFirst()
                .orElseThrow(() -> new LabException("the lab has no host " + host + "; it has "
                        + hosts().stream().map(HostPlan::host).toList()));
    }

    private BmcFault bmcFault(HostId host) {
        Path file = state.resolve("bmc").resolve(host.value()).resolve("fault");
        try {
            return BmcFault.valueOf(Files.readString(file).strip());
        } catch (NoSuchFileException none) {
            return BmcFault.NONE;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private Map<String, BmcCredentials> credentials() {
        Path file = state.resolve("bmc/credentials.json");
        Map<String, BmcCredentials> result = new HashMap<>();
        try {
            JSON.readTree(Files.readAllBytes(file))
                    .properties()
                    .forEach(entry -> result.put(
                            entry.getKey(),
                            new BmcCredentials(
                                    entry.getValue().path(BmcCredentials.ADMIN).asText(),
                                    entry.getValue().path(BmcCredentials.FENCER).asText())));
        } catch (NoSuchFileException none) {
            return Map.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        return result;
    }

    private Cable cable(HostPlan plan, Network network, Map<String, Boolean> ports) {
        if (!ports.getOrDefault("p-" + network.word() + "-" + plan.index(), false)) {
            return Cable.DOWN;
        }
        Path file = files(plan).home().resolve("oneway-" + network.word());
        try {
            return Cable.valueOf(Files.readString(file).strip().toUpperCase(Locale.ROOT));
        } catch (NoSuchFileException none) {
            return Cable.UP;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private Map<String, Boolean> ports() {
        Map<String, Boolean> ports = new HashMap<>();
        try {
            for (JsonNode link : JSON.readTree(Commands.run(List.of("ip", "-n", "lab-sw", "-j", "link", "show")))) {
                boolean up = false;
                for (JsonNode flag : link.path("flags")) {
                    up |= "UP".equals(flag.asText());
                }
                ports.put(link.path("ifname").asText(), up);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the switch's ports", e);
        }
        return ports;
    }

    private List<String> script(String name, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of("bash", state.resolve("bin").resolve(name).toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private LabException notUp() {
        return new LabException("the lab is not up (state " + state + "); bring it up first");
    }

    private List<String> rackPrefix() {
        long pid = rack().orElseThrow(this::notUp);
        return List.of("nsenter", "--target", Long.toString(pid), "--pid", "--mount", "--");
    }

    private void inRack(String name, String... arguments) {
        List<String> command = new ArrayList<>(rackPrefix());
        command.addAll(script(name, arguments));
        Commands.run(Duration.ofSeconds(60), command);
    }

    private List<String> enter(String place, List<String> inside) {
        List<String> command = new ArrayList<>(rackPrefix());
        command.addAll(script("enter", place));
        command.addAll(inside);
        return command;
    }

    private static Path made(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + directory, e);
        }
    }

    private static void inParallel(List<HostPlan> hosts, Consumer<HostPlan> action) {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            hosts.forEach(host -> running.add(executor.submit(() -> action.accept(host))));
            @Nullable LabException first = null;
            for (Future<?> one : running) {
                try {
                    one.get();
                } catch (ExecutionException e) {
                    LabException failure = e.getCause() instanceof LabException known
                            ? known
                            : new LabException("a host could not be started", e);
                    if (first == null) {
                        first = failure;
                    } else {
                        first.addSuppressed(failure);
                    }
                }
            }
            if (first != null) {
                throw first;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while starting hosts", e);
        }
    }
}
