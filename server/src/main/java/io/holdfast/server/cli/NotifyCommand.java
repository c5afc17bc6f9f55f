package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What the handlers of monitors call. A word goes the way of Prometheus' alerts, so that trust, rate, repeats and taking back are
 * decided in one place, by the controller.
 */
@Command(
        name = "notify",
        mixinStandardHelpOptions = true,
        description = {
            "Words of monitors, said by their own handlers.",
            "",
            "What follows is for the settings to say (api.monitors): the host is looked into, condemned, or taken for isolated."
                    + " Ends with 0 when the word was heard, whatever followed; with 5 for a host that is not known."
        })
final class NotifyCommand {

    /** How a guest's domain is called on its host. */
    private static final String DOMAIN = "holdfast-";

    private final Client client;

    NotifyCommand(Client client) {
        this.client = client;
    }

    @Command(name = "down", mixinStandardHelpOptions = true, description = "A host is gone.")
    int down(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Option(
                            names = "--monitor",
                            paramLabel = "NAME",
                            description = "which check says so",
                            defaultValue = "notify")
                    String monitor) {
        return say(options, host, Optional.of("firing"), monitor);
    }

    @Command(
            name = "up",
            mixinStandardHelpOptions = true,
            description = "A host is back: takes a word of the same monitor back, and nobody else's.")
    int up(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Option(
                            names = "--monitor",
                            paramLabel = "NAME",
                            description = "which check says so",
                            defaultValue = "notify")
                    String monitor) {
        return say(options, host, Optional.of("resolved"), monitor);
    }

    @Command(
            name = "nagios",
            mixinStandardHelpOptions = true,
            description = {
                "For a host's event handler in Nagios:",
                "  holdfast notify nagios \"$HOSTNAME$\" \"$HOSTSTATE$\" \"$HOSTSTATETYPE$\"",
                "",
                "DOWN and HARD is a word, UP and HARD takes it back; SOFT states and UNREACHABLE say nothing yet."
            })
    int nagios(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "STATE", description = "UP, DOWN, UNREACHABLE") String state,
            @Parameters(paramLabel = "TYPE", description = "SOFT or HARD") String type,
            @Parameters(paramLabel = "ATTEMPT", arity = "0..1", description = "which attempt; not needed") @Nullable
                    String attempt) {
        return state(options, host, state, type, "nagios");
    }

    @Command(
            name = "icinga",
            mixinStandardHelpOptions = true,
            description = {
                "For a host's event command in Icinga:",
                "  holdfast notify icinga \"$host.name$\" \"$host.state$\" \"$host.state_type$\"",
                "",
                "DOWN and HARD is a word, UP and HARD takes it back; SOFT states say nothing yet."
            })
    int icinga(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "STATE", description = "UP or DOWN") String state,
            @Parameters(paramLabel = "TYPE", description = "SOFT or HARD") String type) {
        return state(options, host, state, type, "icinga");
    }

    private int state(ClientOptions options, String host, String state, String type, String monitor) {
        boolean hard = switch (type.toUpperCase(Locale.ROOT)) {
            // Icinga 2 may give the number.
            case "HARD", "1" -> true;
            case "SOFT", "0" -> false;
            default -> throw usage("the type of a state is SOFT or HARD, not " + type);
        };
        Optional<String> status = switch (state.toUpperCase(Locale.ROOT)) {
            case "DOWN" -> Optional.of("firing");
            case "UP" -> Optional.of("resolved");
            case "UNREACHABLE" -> Optional.empty();
            default -> throw usage("the state of a host is UP, DOWN or UNREACHABLE, not " + state);
        };
        return say(options, host, hard ? status : Optional.empty(), monitor + " " + state + " " + type);
    }

    @Command(
            name = "zabbix",
            mixinStandardHelpOptions = true,
            description = {
                "For a script of a Zabbix action, for its operations and its recovery operations alike:",
                "  holdfast notify zabbix \"{HOST.HOST}\" \"{EVENT.VALUE}\" \"{EVENT.NAME}\"",
                "",
                "1 is a word, 0 takes it back."
            })
    int zabbix(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "VALUE", description = "1 for a problem, 0 when it is over") String value,
            @Parameters(paramLabel = "NAME", arity = "0..1", description = "name of the event") @Nullable String name) {
        String status = switch (value) {
            case "1" -> "firing";
            case "0" -> "resolved";
            default -> throw usage("the value of an event is 1 or 0, not " + value);
        };
        return say(options, host, Optional.of(status), "zabbix " + (name == null ? "" : name));
    }

    @Command(
            name = "moved",
            mixinStandardHelpOptions = true,
            description = {
                "Somebody else has moved an instance's guest to another host: a hypervisor's cluster, or virsh migrate.",
                "For whatever follows a finished move there:",
                "  virsh migrate --live --p2p holdfast-ID qemu+tls://h2/system && holdfast notify moved holdfast-ID --to h2",
                "",
                "Both hosts are asked before the books follow; as long as the old one has the guest, the word comes too early and"
                        + " has to be said again. Ends with 0 when they do, or did before, with 6 when they do"
                        + " not, with 5 for an instance that is not known."
            })
    int moved(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "INSTANCE", description = "its id, or the name of its libvirt domain") String name,
            @Option(names = "--to", paramLabel = "HOST", required = true, description = "where it runs now") String to,
            @Option(names = "--from", paramLabel = "HOST", description = "where it was, if that is known") @Nullable
                    String from) {
        String instance = name.startsWith(DOMAIN) ? name.substring(DOMAIN.length()) : name;
        ObjectNode body = Client.object();
        ObjectNode move =
                body.putArray("moves").addObject().put("instance", instance).put("to", to);
        if (from != null) {
            move.put("from", from);
        }
        return client.show(
                options,
                api -> {
                    JsonNode answer =
                            Json.list(api.post("/ha/v1/moves", body), "moves").getFirst();
                    String reason = Json.text(answer, "reason");
                    return switch (Json.text(answer, "result")) {
                        case "unknown" -> throw new CommandFailure(ExitCode.NOT_FOUND, reason, "");
                        case "refused" ->
                            throw new CommandFailure(
                                    ExitCode.CONFLICT,
                                    reason,
                                    "say it again when that is over; holdfast server moves shows what became of it");
                        default -> answer;
                    };
                },
                (answer, out) -> {
                    String what = Json.text(answer, "move") + Json.text(answer, "case");
                    out.println(Text.visible(Json.text(answer, "instance") + " at " + Json.text(answer, "to") + ": "
                            + Json.text(answer, "result") + (what.isEmpty() ? "" : " (" + what + ")")));
                });
    }

    private int say(ClientOptions options, String host, Optional<String> status, String check) {
        if (status.isEmpty()) {
            client.terminal().out().println("nothing is said of " + Text.visible(host) + " yet");
            client.terminal().out().flush();
            return ExitCode.OK.code();
        }
        ObjectNode body = Client.object().put("version", "4");
        ObjectNode alert = body.putArray("alerts").addObject();
        alert.put("status", status.get());
        alert.putObject("labels").put("alertname", check.strip()).put("holdfast_host", host);
        return client.show(
                options,
                api -> {
                    JsonNode answer =
                            Json.list(api.post("/ha/v1/alerts", body), "alerts").getFirst();
                    if (Json.text(answer, "host").isEmpty()) {
                        throw new CommandFailure(
                                ExitCode.NOT_FOUND,
                                "host " + host + " is not known",
                                "the name must be the one under which its agent has registered, or stand in"
                                        + " api.monitors.alert-hosts");
                    }
                    return answer;
                },
                NotifyCommand::print);
    }

    private static void print(JsonNode answer, PrintWriter out) {
        String why = Json.text(answer, "reason") + Json.text(answer, "case");
        out.println(Text.visible(Json.text(answer, "host") + ": " + Json.text(answer, "result")
                + (why.isEmpty() ? "" : " (" + why + ")")));
    }

    private static CommandFailure usage(String what) {
        return new CommandFailure(ExitCode.USAGE, what, "");
    }
}
