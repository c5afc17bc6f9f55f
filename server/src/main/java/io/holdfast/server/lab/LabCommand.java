package io.holdfast.server.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Cable;
import io.holdfast.lab.Lab;
import io.holdfast.lab.LabStatus;
import io.holdfast.lab.MachinePlan;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.server.Distribution;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast lab}. */
@Command(
        name = "lab",
        mixinStandardHelpOptions = true,
        description = {
            "A small data centre on this machine: real libvirt hosts, BMCs, three networks, shared storage.",
            "",
            "Hosts and controller live in network namespaces; no packet for one of their addresses can leave the machine."
        })
public final class LabCommand {

    private static final String HOST_LINE = "%-8s %-7s %-6s %-8s %-14s %-16s %s%n";

    private final Terminal terminal;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description =
                    "where the lab keeps its files (default: where the one that is up has them; else /var/lib/holdfast-lab)")
    @Nullable
    Path state;

    public LabCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "up",
            mixinStandardHelpOptions = true,
            description = "Brings up what is missing: networks, BMCs, hosts, agents, a controller.")
    int up(
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            defaultValue = "3",
                            description = "how many hosts (default: ${DEFAULT-VALUE})")
                    int hosts,
            @Option(
                            names = "--controllers",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = {
                                "how many controllers (default: ${DEFAULT-VALUE}); with more than one, three ZooKeeper",
                                "servers and a PostgreSQL server run on machines of their own"
                            })
                    int controllers,
            @Option(
                            names = "--outlets",
                            description = {
                                "with a power distribution unit, whose outlets are every host's second fence level"
                            })
                    boolean outlets,
            @Option(
                            names = "--unsupervised",
                            paramLabel = "HOST",
                            split = ",",
                            description = "hosts whose agents run without a supervisor, separated by commas")
                    @Nullable
                    List<String> unsupervised,
            @Option(
                            names = "--watchdogs",
                            description = {
                                "with a slot device on the shared storage, and a watchdog in every host, which its agent arms"
                            })
                    boolean watchdogs,
            @Option(
                            names = "--storage-network",
                            description = {
                                "with agents that are in a group on the storage network as well, where no controller is"
                            })
                    boolean storageNetwork,
            @Option(names = "--tenant-network", description = "the same on the tenant network") boolean tenantNetwork,
            @Option(
                            names = "--storage",
                            paramLabel = "directory|nbd",
                            defaultValue = "directory",
                            description = {
                                "where guests' disks, the agents' probes and the slots are: in a directory of this machine (default),",
                                "or on a storage machine that hosts reach over NBD; 'lab network HOST storage down' then stalls a host's"
                            })
                    String storage)
            throws Exception {
        Deployment supervised = deployment()
                .withoutSupervisorOn(
                        unsupervised == null
                                ? Set.of()
                                : unsupervised.stream().map(HostId::of).collect(Collectors.toUnmodifiableSet()));
        Deployment plain = outlets ? supervised.withOutlets() : supervised;
        Deployment guarded = watchdogs ? plain.withWatchdogs() : plain;
        Set<Network> networks = EnumSet.noneOf(Network.class);
        if (storageNetwork) {
            networks.add(Network.STORAGE);
        }
        if (tenantNetwork) {
            networks.add(Network.TENANT);
        }
        Deployment linked = guarded.withNetworks(networks);
        Deployment deployment = linked.withStorage(choose(Deployment.Storage.class, storage));
        deployment.up(hosts, controllers, line -> terminal.err().println("  " + line));
        terminal.out().println("The lab is up. Look around with: holdfast lab shell -- holdfast host list");
        return 0;
    }

    @Command(name = "status", mixinStandardHelpOptions = true, description = "Shows what there is right now.")
    int status(@Option(names = "--json", description = "one JSON object instead of a table") boolean json)
            throws Exception {
        Deployment deployment = deployment();
        LabStatus status = deployment.lab().status();
        boolean up = status.state() == LabStatus.State.UP;
        boolean several = up && deployment.controllers().size() > 1;
        Map<String, String> offices = several ? ControllersLook.of(deployment, Distribution.ofThisProcess()) : Map.of();
        if (json) {
            terminal.out().println(toJson(status, offices));
            return 0;
        }
        terminal.out().println("lab " + word(status.state()) + ", files in " + status.stateDirectory());
        if (!status.hosts().isEmpty()) {
            terminal.out()
                    .printf(Locale.ROOT, HOST_LINE, "HOST", "POWER", "FROZEN", "LIBVIRT", "ADDRESS", "BMC", "CABLES");
        }
        for (LabStatus.HostStatus host : status.hosts()) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            HOST_LINE,
                            host.plan().host(),
                            word(host.power()),
                            host.frozen() ? "yes" : "no",
                            host.libvirtReady() ? "answers" : "silent",
                            host.plan().mgmtAddress(),
                            host.plan().bmcAddress()
                                    + (host.bmcFault() == BmcFault.NONE ? "" : " " + word(host.bmcFault()))
                                    + (host.outletOn() ? "" : ", outlet off"),
                            cables(host));
        }
        if (up && status.machines().size() > 1) {
            terminal.out()
                    .printf(Locale.ROOT, "%n%-8s %-8s %-6s %-16s %s%n", "MACHINE", "STATE", "LINK", "ADDRESS", "");
            for (LabStatus.MachineStatus machine : status.machines()) {
                terminal.out()
                        .printf(
                                Locale.ROOT,
                                "%-8s %-8s %-6s %-16s %s%n",
                                machine.name(),
                                stateOf(machine),
                                machine.linkUp() ? "up" : "down",
                                machine.address(),
                                roleOf(machine, offices));
            }
        } else if (status.controller().planned()) {
            OptionalLong pid = status.controller().pid();
            terminal.out()
                    .println("controller " + (pid.isPresent() ? "runs, pid " + pid.getAsLong() : "is not running"));
        }
        return 0;
    }

    private static String stateOf(LabStatus.MachineStatus machine) {
        return !machine.running() ? "dead" : machine.paused() ? "paused" : "runs";
    }

    /** Those that are not as they should be; without power a host has no link anywhere. */
    private static String cables(LabStatus.HostStatus host) {
        List<String> cut = new ArrayList<>();
        for (Network network : Network.values()) {
            Cable cable = host.cable(network);
            boolean unpowered = network != Network.OOB && cable == Cable.DOWN && host.power() != PowerState.ON;
            if (cable != Cable.UP && !unpowered) {
                cut.add(network.word() + " " + cable.word());
            }
        }
        return cut.isEmpty() ? "as they should be" : String.join(", ", cut);
    }

    private static String roleOf(LabStatus.MachineStatus machine, Map<String, String> offices) {
        String office = offices.get(machine.name());
        if (office != null) {
            return "controller, " + office;
        }
        return switch (machine.name()) {
            case MachinePlan.FIRST_CONTROLLER -> "controller";
            case "db" -> "PostgreSQL";
            case "pdu" -> "power distribution unit";
            case "san" -> "storage machine";
            default -> "ZooKeeper server";
        };
    }

    @Command(
            name = "down",
            mixinStandardHelpOptions = true,
            description = "Removes everything of the lab from this machine; its files stay.")
    int down() {
        deployment().lab().down(line -> terminal.err().println("  " + line));
        return 0;
    }

    @Command(
            name = "power",
            mixinStandardHelpOptions = true,
            description = "Pulls a host's plug, gives power back, or does both.")
    int power(
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "on|off|reset", description = "off is silent: nothing says goodbye")
                    String action) {
        PowerAction power = switch (action) {
            case "on" -> PowerAction.PRESS_ON;
            case "off" -> PowerAction.PULL_PLUG;
            case "reset" -> PowerAction.RESET;
            default -> throw new IllegalArgumentException("power is on, off or reset, not '" + action + "'");
        };
        deployment().lab().power(HostId.of(host), power);
        return 0;
    }

    @Command(
            name = "network",
            mixinStandardHelpOptions = true,
            description = {
                "Cuts or mends a cable: a host's in mgmt, storage or tenant, another machine's in mgmt, its BMC's or its own in oob,",
                "the storage machine's (san) in storage.",
                "A host's or a BMC's may also lose one direction: deaf, nothing reaches it; mute, nothing that it sends arrives."
            })
    int network(
            @Parameters(paramLabel = "HOST|MACHINE") String host,
            @Parameters(paramLabel = "mgmt|storage|tenant|oob") String network,
            @Parameters(paramLabel = "up|down|deaf|mute") String how) {
        Cable cable = choose(Cable.class, how);
        Lab lab = deployment().lab();
        if (lab.machines().stream().noneMatch(machine -> machine.name().equals(host))) {
            lab.cable(HostId.of(host), choose(Network.class, network), cable);
        } else if (cable == Cable.UP || cable == Cable.DOWN) {
            lab.network(host, choose(Network.class, network), cable == Cable.UP);
        } else {
            throw new IllegalArgumentException(
                    host + " is no host, and its cable is up or down, not '" + cable.word() + "'");
        }
        return 0;
    }

    @Command(
            name = "bmc",
            mixinStandardHelpOptions = true,
            description = "Makes a host's BMC misbehave: none, dead, slow, lying, failing, wrong.")
    int bmc(@Parameters(paramLabel = "HOST") String host, @Parameters(paramLabel = "FAULT") String fault) {
        deployment().lab().bmc(HostId.of(host), choose(BmcFault.class, fault));
        return 0;
    }

    @Command(
            name = "outlet",
            mixinStandardHelpOptions = true,
            description = {
                "Switches the outlet that feeds a host; off keeps it off whatever its BMC is told,",
                "and after on it waits for 'lab power HOST on'."
            })
    int outlet(@Parameters(paramLabel = "HOST") String host, @Parameters(paramLabel = "on|off") String action) {
        if (!action.equals("on") && !action.equals("off")) {
            throw new IllegalArgumentException("an outlet is on or off, not '" + action + "'");
        }
        deployment().lab().outlet(HostId.of(host), action.equals("on"));
        return 0;
    }

    @Command(
            name = "freeze",
            mixinStandardHelpOptions = true,
            description = "Stops every process of a host where it stands, or lets them go on.")
    int freeze(
            @Parameters(paramLabel = "HOST") String host,
            @Option(names = "--thaw", description = "let it go on") boolean thaw) {
        if (thaw) {
            deployment().lab().thaw(HostId.of(host));
        } else {
            deployment().lab().freeze(HostId.of(host));
        }
        return 0;
    }

    @Command(
            name = "controller",
            mixinStandardHelpOptions = true,
            description = {
                "Starts, stops (SIGTERM), kills (SIGKILL), pauses (SIGSTOP) or resumes (SIGCONT) a controller:",
                "the first one, or the one with the number."
            })
    int controller(@Parameters(paramLabel = "[N] start|stop|kill|pause|resume", arity = "1..2") List<String> words) {
        boolean numbered = words.size() == 2;
        String number = numbered ? words.getFirst() : "1";
        if (!number.matches("[1-9]")) {
            throw new IllegalArgumentException("a controller has a number from 1 to 9, not '" + number + "'");
        }
        tell(number.equals("1") ? MachinePlan.FIRST_CONTROLLER : "ctl-" + number, words.getLast());
        return 0;
    }

    @Command(
            name = "machine",
            mixinStandardHelpOptions = true,
            description = "The same for any machine that is not a host: ctl, ctl-2, zk-1, db, san (see 'lab status').")
    int machine(
            @Parameters(paramLabel = "MACHINE") String machine,
            @Parameters(paramLabel = "start|stop|kill|pause|resume") String action) {
        tell(machine, action);
        return 0;
    }

    private void tell(String machine, String action) {
        Lab lab = deployment().lab();
        switch (action) {
            case "start" -> lab.start(machine);
            case "stop" -> lab.stop(machine);
            case "kill" -> lab.kill(machine);
            case "pause" -> lab.pause(machine);
            case "resume" -> lab.resume(machine);
            default ->
                throw new IllegalArgumentException(
                        "a machine is told start, stop, kill, pause or resume, not '" + action + "'");
        }
    }

    @Command(
            name = "zookeeper",
            mixinStandardHelpOptions = true,
            hidden = true,
            description = "Runs one ZooKeeper server of the lab; called by 'lab up'.")
    int zooKeeper(
            @Option(names = "--own", required = true, paramLabel = "N") int own,
            @Option(names = "--servers", required = true, paramLabel = "N") int servers)
            throws Exception {
        Logging.configure(Logging.Format.TEXT, Logging.Verbosity.INFO, null, "zookeeper");
        deployment().serveZooKeeper(own, servers);
        return 0;
    }

    @Command(
            name = "ask",
            mixinStandardHelpOptions = true,
            hidden = true,
            description = "Asks controllers who leads; called by 'lab status'.")
    int ask(
            @Parameters(index = "0", paramLabel = "CA") Path authority,
            @Parameters(index = "1..*", paramLabel = "URL") List<URI> controllers) {
        ControllersLook.ask(authority, controllers, terminal.out());
        return 0;
    }

    @Command(
            name = "shell",
            mixinStandardHelpOptions = true,
            description = {
                "Runs a command (default: a shell) where the controller is, with HOLDFAST_URL and the operator's token set;",
                "or, with --host, inside a host."
            })
    int shell(
            @Option(names = "--host", paramLabel = "HOST", description = "inside this host instead") @Nullable
                    String host,
            @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "after --") @Nullable
                    List<String> command)
            throws Exception {
        Deployment deployment = deployment();
        List<String> wanted = new ArrayList<>(command == null || command.isEmpty() ? List.of("bash") : command);
        if (wanted.getFirst().equals("holdfast")) {
            wanted.removeFirst();
            wanted = new ArrayList<>(Distribution.ofThisProcess().command(wanted.toArray(String[]::new)));
        }
        ProcessBuilder builder = host == null
                ? deployment.lab().inMachine(deployment.standpoint(), wanted)
                : deployment.lab().inHost(HostId.of(host), wanted);
        Map<String, String> environment = builder.environment();
        environment.put("HOLDFAST_URL", deployment.api().toString());
        environment.put("HOLDFAST_TOKEN_FILE", deployment.adminTokenFile().toString());
        environment.put("HOLDFAST_CA", deployment.authority().toString());
        return builder.inheritIO().start().waitFor();
    }

    private Deployment deployment() {
        return Deployment.in(LabPlace.of(state, Lab.active()), Distribution.ofThisProcess());
    }

    private static <E extends Enum<E>> E choose(Class<E> type, String word) {
        for (E value : type.getEnumConstants()) {
            if (word(value).equals(word.toLowerCase(Locale.ROOT))) {
                return value;
            }
        }
        List<String> words = new ArrayList<>();
        for (E value : type.getEnumConstants()) {
            words.add(word(value));
        }
        throw new IllegalArgumentException("choose one of " + String.join(", ", words) + ", not '" + word + "'");
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String toJson(LabStatus status, Map<String, String> offices) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("state", word(status.state()))
                .put("stateDirectory", status.stateDirectory().toString());
        ArrayNode hosts = root.putArray("hosts");
        for (LabStatus.HostStatus host : status.hosts()) {
            hosts.addObject()
                    .put("host", host.plan().host().value())
                    .put("address", host.plan().mgmtAddress())
                    .put("bmcAddress", host.plan().bmcAddress())
                    .put("power", host.power() == PowerState.ON)
                    .put("frozen", host.frozen())
                    .put("mgmtUp", host.mgmtUp())
                    .put("oobUp", host.oobUp())
                    .put("mgmt", host.mgmt().word())
                    .put("storage", host.storage().word())
                    .put("tenant", host.tenant().word())
                    .put("oob", host.oob().word())
                    .put("libvirtReady", host.libvirtReady())
                    .put("bmcFault", word(host.bmcFault()))
                    .put("outletOn", host.outletOn());
        }
        root.put("controllerRunning", status.controller().running());
        ArrayNode machines = root.putArray("machines");
        for (LabStatus.MachineStatus machine : status.machines()) {
            ObjectNode one = machines.addObject()
                    .put("machine", machine.name())
                    .put("address", machine.address())
                    .put("state", stateOf(machine))
                    .put("linkUp", machine.linkUp());
            String office = offices.get(machine.name());
            if (office != null) {
                one.put("leadership", office).put("leads", office.startsWith("leads at"));
            }
        }
        return root.toString();
    }
}
