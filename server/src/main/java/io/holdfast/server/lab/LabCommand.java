package io.holdfast.server.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.LabStatus;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.server.cli.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast lab}. */
@Command(
        name = "lab",
        description = {
            "A small data centre on this machine: real libvirt hosts, BMCs, two networks, shared storage.",
            "",
            "Hosts and controller live in network namespaces; no packet for one of their addresses can leave the machine."
        })
public final class LabCommand {

    private static final Path DEFAULT_STATE = Path.of("/var/lib/holdfast-lab");

    private final Terminal terminal;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "where the lab keeps its files (default: /var/lib/holdfast-lab)")
    Path state = DEFAULT_STATE;

    public LabCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(name = "up", description = "Brings up what is missing: networks, BMCs, hosts, agents, a controller.")
    int up(
            @Option(
                            names = "--hosts",
                            paramLabel = "N",
                            defaultValue = "3",
                            description = "how many hosts (default: ${DEFAULT-VALUE})")
                    int hosts)
            throws Exception {
        deployment().up(hosts, line -> terminal.err().println("  " + line));
        terminal.out().println("The lab is up. Look around with: holdfast lab shell -- holdfast host list");
        return 0;
    }

    @Command(name = "status", description = "Shows what there is right now.")
    int status(@Option(names = "--json", description = "one JSON object instead of a table") boolean json) {
        LabStatus status = deployment().lab().status();
        if (json) {
            terminal.out().println(toJson(status));
            return 0;
        }
        terminal.out().println("lab " + word(status.state()) + ", files in " + status.stateDirectory());
        if (!status.hosts().isEmpty()) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%-8s %-7s %-7s %-6s %-6s %-9s %-16s %s%n",
                            "HOST",
                            "POWER",
                            "FROZEN",
                            "MGMT",
                            "OOB",
                            "LIBVIRT",
                            "ADDRESS",
                            "BMC");
        }
        for (LabStatus.HostStatus host : status.hosts()) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%-8s %-7s %-7s %-6s %-6s %-9s %-16s %s%n",
                            host.plan().host(),
                            word(host.power()),
                            host.frozen() ? "yes" : "no",
                            host.mgmtUp() ? "up" : "down",
                            host.oobUp() ? "up" : "down",
                            host.libvirtReady() ? "answers" : "silent",
                            host.plan().mgmtAddress(),
                            host.plan().bmcAddress()
                                    + (host.bmcFault() == BmcFault.NONE ? "" : " " + word(host.bmcFault())));
        }
        if (status.controller().planned()) {
            OptionalLong pid = status.controller().pid();
            terminal.out()
                    .println("controller " + (pid.isPresent() ? "runs, pid " + pid.getAsLong() : "is not running"));
        }
        return 0;
    }

    @Command(name = "down", description = "Removes everything of the lab from this machine; its files stay.")
    int down() {
        deployment().lab().down(line -> terminal.err().println("  " + line));
        return 0;
    }

    @Command(name = "power", description = "Pulls a host's plug, gives power back, or does both.")
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

    @Command(name = "network", description = "Cuts or mends a cable: a host's in mgmt, its BMC's in oob.")
    int network(
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "mgmt|oob") String network,
            @Parameters(paramLabel = "up|down") String direction) {
        if (!direction.equals("up") && !direction.equals("down")) {
            throw new IllegalArgumentException("a cable is up or down, not '" + direction + "'");
        }
        deployment().lab().network(HostId.of(host), choose(Network.class, network), direction.equals("up"));
        return 0;
    }

    @Command(name = "bmc", description = "Makes a host's BMC misbehave: none, dead, slow, lying, failing.")
    int bmc(@Parameters(paramLabel = "HOST") String host, @Parameters(paramLabel = "FAULT") String fault) {
        deployment().lab().bmc(HostId.of(host), choose(BmcFault.class, fault));
        return 0;
    }

    @Command(name = "freeze", description = "Stops every process of a host where it stands, or lets them go on.")
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

    @Command(name = "controller", description = "Starts, stops (SIGTERM) or kills (SIGKILL) the lab's controller.")
    int controller(@Parameters(paramLabel = "start|stop|kill") String action) {
        switch (action) {
            case "start" -> deployment().lab().startController();
            case "stop" -> deployment().lab().stopController();
            case "kill" -> deployment().lab().killController();
            default ->
                throw new IllegalArgumentException("a controller is told start, stop or kill, not '" + action + "'");
        }
        return 0;
    }

    @Command(
            name = "shell",
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
                ? deployment.lab().inController(wanted)
                : deployment.lab().inHost(HostId.of(host), wanted);
        Map<String, String> environment = builder.environment();
        environment.put("HOLDFAST_URL", deployment.api().toString());
        environment.put("HOLDFAST_TOKEN_FILE", deployment.adminTokenFile().toString());
        environment.put("HOLDFAST_CA", deployment.authority().toString());
        return builder.inheritIO().start().waitFor();
    }

    private Deployment deployment() {
        return Deployment.in(state, Distribution.ofThisProcess());
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

    private static String toJson(LabStatus status) {
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
                    .put("libvirtReady", host.libvirtReady())
                    .put("bmcFault", word(host.bmcFault()));
        }
        root.put("controllerRunning", status.controller().running());
        return root.toString();
    }
}
