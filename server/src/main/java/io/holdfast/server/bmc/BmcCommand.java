package io.holdfast.server.bmc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.IpmiDevice;
import io.holdfast.fencing.ipmi.Secrets;
import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.BmcFaults;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.cli.CommandFailure;
import io.holdfast.server.cli.ExitCode;
import io.holdfast.server.cli.HardwareView;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import io.holdfast.server.settings.Durations;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast bmc}. */
@Command(
        name = "bmc",
        mixinStandardHelpOptions = true,
        description = "Speaks to one management controller, plays one to rehearse with, measures how fast we fence.")
public final class BmcCommand {

    private final Terminal terminal;

    public BmcCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Who logs in, and how; the same for the console and for the BMC that is played. */
    static final class Account {
        @Option(names = "--user", paramLabel = "NAME", required = true, description = "user of the controller")
        String user = "";

        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                required = true,
                description = "file with the password in its first line; only its owner may read it")
        SecretFile passwordFile = SecretFile.of(Path.of(""));

        @Option(
                names = "--bmc-key-file",
                paramLabel = "FILE",
                description = "file with the controller's own key (K_g): text, or 0x and hexadecimal digits")
        @Nullable
        SecretFile bmcKeyFile;

        @Option(
                names = "--privilege",
                paramLabel = "LEVEL",
                defaultValue = "operator",
                description = "operator or administrator (default: ${DEFAULT-VALUE})")
        FencingSettings.Privilege privilege = FencingSettings.Privilege.OPERATOR;

        Privilege level() {
            return switch (privilege) {
                case OPERATOR -> Privilege.OPERATOR;
                case ADMINISTRATOR -> Privilege.ADMINISTRATOR;
            };
        }
    }

    /** How the console reaches a controller. */
    static final class Way {
        @Option(names = "--port", defaultValue = "623", description = "UDP port (default: ${DEFAULT-VALUE})")
        int port;

        @Option(
                names = "--cipher-suite",
                paramLabel = "N",
                defaultValue = "3",
                description = "3 or 17 (default: ${DEFAULT-VALUE})")
        int suite;
    }

    @Command(
            name = "power",
            mixinStandardHelpOptions = true,
            description = {
                "Asks a controller for the power state or its time, or gives it one order.",
                "",
                "What it says to an order proves nothing; ask for the status afterwards. cycle, reset and diag are sent once:",
                "without an answer nobody knows whether they were carried out. No guard is asked: this is your hand, not",
                "Holdfast's."
            })
    int power(
            @Parameters(paramLabel = "ADDRESS", description = "IP address or name of the controller") String address,
            @Parameters(paramLabel = "status|clock|on|off|soft|cycle|reset|diag") String verb,
            @Mixin Account account,
            @Mixin Way way,
            @Option(
                            names = "--deadline",
                            paramLabel = "TIME",
                            defaultValue = "3s",
                            description = "for all of it (default: ${DEFAULT-VALUE})")
                    String deadline) {
        Outcome outcome =
                new BmcClient().act(address, way.port, login(account, way.suite), act(verb), Durations.parse(deadline));
        return switch (outcome) {
            case Outcome.Power power -> {
                terminal.out().println("chassis power is " + (power.on() ? "on" : "off"));
                yield 0;
            }
            case Outcome.Time time -> {
                terminal.out()
                        .println(
                                time.isSet()
                                        ? "the controller's time is " + Instant.ofEpochSecond(time.seconds())
                                        : "nobody has set the controller's clock");
                yield 0;
            }
            case Outcome.Done _ -> {
                terminal.out().println("accepted: " + verb);
                yield 0;
            }
            case Outcome.Hardware _ ->
                throw new CommandFailure(ExitCode.FAILED, "the answer is to another question", "ask again");
            case Outcome.Failed failed -> throw failure(failed.text());
        };
    }

    private static CommandFailure failure(String why) {
        return new CommandFailure(ExitCode.FAILED, why, "the runbook has a line for it, under \"Fence attempt\"");
    }

    private Login login(Account account, int suite) {
        return new Login(
                account.user,
                Secrets.password(secrets(), "--password-file", account.passwordFile),
                Secrets.bmcKey(secrets(), "--bmc-key-file", account.bmcKeyFile),
                Suite.of(suite),
                account.level());
    }

    @Command(
            name = "sensors",
            mixinStandardHelpOptions = true,
            description = {
                "Shows what a controller says of its machine's hardware: faults of the chassis, fans, temperatures, voltages, power"
                        + " supplies and drives, with their limits.",
                "",
                "Exits with 1 when something is bad, or nothing can be read. A sensor that cannot be read is unknown, not bad."
            })
    int sensors(
            @Parameters(paramLabel = "ADDRESS", description = "IP address or name of the controller") String address,
            @Mixin Account account,
            @Mixin Way way,
            @Option(
                            names = "--deadline",
                            paramLabel = "TIME",
                            defaultValue = "20s",
                            description = "for all of it (default: ${DEFAULT-VALUE})")
                    String deadline,
            @Option(names = "--json", description = "one JSON object instead of a table") boolean json) {
        HardwareHealth health = new IpmiDevice(new BmcClient(), address, way.port, login(account, way.suite))
                .hardware(Durations.parse(deadline));
        if (health.findings().isEmpty()) {
            throw failure(health.trouble());
        }
        HardwareView view = new HardwareView(address, health);
        if (json) {
            terminal.out().println(view.json().toPrettyString());
        } else {
            view.print(terminal);
        }
        return view.code().code();
    }

    private SecretReader secrets() {
        return SecretReader.ofCommand(terminal.environment());
    }

    private static ChassisAct act(String verb) {
        return switch (verb) {
            case "status" -> ChassisAct.STATUS;
            case "clock" -> ChassisAct.CLOCK;
            case "on" -> ChassisAct.ON;
            case "off" -> ChassisAct.OFF;
            case "soft" -> ChassisAct.SOFT;
            case "cycle" -> ChassisAct.CYCLE;
            case "reset" -> ChassisAct.RESET;
            case "diag" -> ChassisAct.DIAGNOSTIC_INTERRUPT;
            default ->
                throw new IllegalArgumentException(
                        "'" + verb + "' is none of status, clock, on, off, soft, cycle, reset, diag");
        };
    }

    /** The faults of a controller that is played. */
    static final class Faults {
        @Option(names = "--silent", description = "answers nothing")
        boolean silent;

        @Option(
                names = "--slow",
                paramLabel = "TIME",
                defaultValue = "0s",
                description = "every answer takes that long, and nothing else is done meanwhile")
        String slow = "0s";

        @Option(
                names = "--slow-orders",
                paramLabel = "TIME",
                defaultValue = "0s",
                description = "answers to orders take that much longer")
        String slowOrders = "0s";

        @Option(
                names = "--loss",
                paramLabel = "SHARE",
                defaultValue = "0",
                description = "loses that share of all datagrams, each way: 0.1 is a tenth")
        double loss;

        @Option(names = "--lying", description = "says done to every order and does nothing")
        boolean lying;

        @Option(names = "--refusing", description = "refuses every order")
        boolean refusing;

        @Option(names = "--busy", description = "has no time for any command")
        boolean busy;

        @Option(names = "--wrong-answers", description = "answers to other questions than it was asked")
        boolean wrongAnswers;

        @Option(names = "--garbled", description = "every datagram has a wrong octet")
        boolean garbled;

        @Option(names = "--twice", description = "every datagram comes twice")
        boolean twice;

        BmcFaults wanted() {
            return new BmcFaults(
                    silent,
                    Durations.parse(slow),
                    Durations.parse(slowOrders),
                    loss,
                    lying,
                    refusing,
                    busy,
                    wrongAnswers,
                    garbled,
                    twice);
        }

        /**
         * The same in the other language. Datagrams that are lost or come twice, answers to other questions and orders that alone are slow have
         * no counterpart there.
         *
         * @throws IllegalArgumentException if it is more than one
         */
        FrontFault overRedfish() {
            List<FrontFault> all = new ArrayList<>();
            if (silent) {
                all.add(new FrontFault.Silent());
            }
            if (!Durations.parse(slow).isZero()) {
                all.add(new FrontFault.Slow(Durations.parse(slow)));
            }
            if (lying) {
                all.add(new FrontFault.Lying());
            }
            if (refusing) {
                all.add(new FrontFault.RefusingOrders("the simulated controller refuses every order"));
            }
            if (busy) {
                all.add(new FrontFault.Busy(OptionalInt.empty()));
            }
            if (garbled) {
                all.add(new FrontFault.Garbled("garbled"));
            }
            if (all.size() > 1) {
                throw new IllegalArgumentException(
                        "over Redfish it can have one of --silent, --slow, --lying, --refusing,"
                                + " --busy and --garbled at a time");
            }
            return all.isEmpty() ? new FrontFault.None() : all.getFirst();
        }
    }

    @Command(
            name = "simulate",
            mixinStandardHelpOptions = true,
            description = {
                "Plays a management controller on a UDP port until it is stopped: IPMI 2.0, suites 3 and 17.",
                "",
                "There is no machine behind it. ipmitool, fence_ipmilan and Holdfast can switch it and read it. By default it"
                        + " listens on this machine alone.",
                "",
                "With --redfish-port it speaks Redfish as well, for the same machine: what is switched in one language is read in"
                        + " the other. It shows a certificate that it makes at its start, and prints the settings that trust"
                        + " it. The faults --silent, --slow, --lying, --refusing, --busy and --garbled are there, too, one at"
                        + " a time."
            })
    int simulate(
            @Mixin Account account,
            @ArgGroup(exclusive = false, heading = "Faults%n") @Nullable Faults faults,
            @ArgGroup(exclusive = false, heading = "Redfish%n") @Nullable PlayedRedfish redfish,
            @Option(
                            names = "--listen",
                            paramLabel = "ADDRESS",
                            defaultValue = "127.0.0.1",
                            description = "address to listen at (default: ${DEFAULT-VALUE})")
                    String listen,
            @Option(names = "--port", defaultValue = "6230", description = "UDP port (default: ${DEFAULT-VALUE})")
                    int port,
            @Option(
                            names = "--cipher-suites",
                            paramLabel = "N[,N]",
                            split = ",",
                            defaultValue = "3,17",
                            description = "which it offers (default: ${DEFAULT-VALUE})")
                    List<Integer> suites,
            @Option(
                            names = "--sessions",
                            paramLabel = "N",
                            defaultValue = "4",
                            description = "how many may be open at a time (default: ${DEFAULT-VALUE})")
                    int sessions,
            @Option(names = "--off", description = "the machine has no power at first") boolean off,
            @Option(
                            names = "--sensor",
                            paramLabel = "NAME=VALUE",
                            description = {
                                "what a component reads, or how it is: 'Fan 1=0', 'Inlet Temp=50', 'PSU 2=lost', 'Drive 1=failed';"
                                        + " any may be unreadable or disabled. fault=power|overload|drive|cooling is the chassis'"
                            })
                    @Nullable
                    List<String> sensors)
            throws Exception {
        BmcIdentity identity = identity(account, suites, sessions);
        FrontFault fault = redfish == null || faults == null ? new FrontFault.None() : faults.overRedfish();
        try (SimulatedBmc bmc = SimulatedBmc.start(new InetSocketAddress(listen, port), identity, System.nanoTime())) {
            bmc.chassis().power(!off);
            if (sensors != null) {
                sensors.forEach(bmc.chassis().hardware()::say);
            }
            bmc.faults(faults == null ? BmcFaults.NONE : faults.wanted());
            terminal.out()
                    .println("a BMC listens at " + listen + ", UDP port " + bmc.port() + "; its machine is "
                            + (off ? "off" : "on"));
            if (redfish == null) {
                bmc.join();
                return 0;
            }
            String password = secrets().read("--password-file", account.passwordFile, PlayedRedfish.PASSWORD_BYTES_MAX);
            try (PlayedRedfish.Running running =
                    redfish.start(listen, account.user, password, bmc.chassis(), fault, terminal.clock())) {
                running.tell(account.passwordFile.path(), terminal.out());
                bmc.join();
            }
        }
        return 0;
    }

    private BmcIdentity identity(Account account, List<Integer> suites, int sessions) {
        BmcIdentity plain = BmcIdentity.of(new BmcIdentity.User(
                        account.user,
                        Secrets.password(secrets(), "--password-file", account.passwordFile),
                        account.level()))
                .withSuites(suites.stream().map(Suite::of).toArray(Suite[]::new))
                .withSessionsMax(sessions);
        return account.bmcKeyFile == null
                ? plain
                : Optional.ofNullable(Secrets.bmcKey(secrets(), "--bmc-key-file", account.bmcKeyFile))
                        .map(plain::withBmcKey)
                        .orElse(plain);
    }

    @Command(
            name = "measure",
            mixinStandardHelpOptions = true,
            description = {
                "Fences simulated machines over IPMI on this machine's loopback, and says how long it took.",
                "",
                "Takes about ten minutes with the defaults; the lines of docs/benchmarks.md come from it."
            })
    int measure(
            @Option(
                            names = "--only",
                            paramLabel = "NAME[,NAME]",
                            split = ",",
                            description =
                                    "some of: dead, wrong-password, loss-10, loss-30, parallel, overhead (default: all)")
                    @Nullable
                    List<String> only,
            @Option(
                            names = "--runs",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "fences of each kind (default: ${DEFAULT-VALUE})")
                    int runs,
            @Option(names = "--json", description = "one JSON array instead of a table") boolean json)
            throws Exception {
        // A lost datagram is what is measured; a line of log for each is in the way.
        Logging.configure(Logging.Format.TEXT, Logging.Verbosity.ERROR, null, "bmc");
        List<FenceMeasurement> chosen = only == null
                ? List.of(FenceMeasurement.values())
                : only.stream()
                        .map(word -> Words.chosen(word, FenceMeasurement.values()))
                        .toList();
        ArrayNode lines = new ObjectMapper().createArrayNode();
        boolean kept = true;
        for (FenceMeasurement measurement : chosen) {
            FenceMeasurement.Figures figures = measurement.take(runs);
            kept &= figures.kept();
            if (json) {
                lines.addObject()
                        .put("name", Words.word(measurement))
                        .put("what", figures.what())
                        .put("measured", figures.measured())
                        .put("target", figures.target())
                        .put("kept", figures.kept());
            } else {
                terminal.out()
                        .printf(
                                Locale.ROOT,
                                "%-15s %s%n%-15s %s (target: %s)%n%n",
                                Words.word(measurement),
                                figures.what(),
                                figures.kept() ? "" : "MISSED",
                                figures.measured(),
                                figures.target());
            }
        }
        if (json) {
            terminal.out().println(lines.toPrettyString());
        }
        return kept ? 0 : ExitCode.FAILED.code();
    }
}
