package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "host", mixinStandardHelpOptions = true, description = "Hosts: their health, and forcing them down.")
final class HostCommand {

    private static final String COMPUTE = "nova-compute";

    private final Client client;

    HostCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the hosts with their health.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/ha/v1/hosts"), (answer, out) -> {
            Table table = new Table()
                    .column("HOST")
                    .rigid("STATE")
                    .rigid("HEALTH")
                    .rigid("EPOCH")
                    .rigid("VMS")
                    .column("DOMAINS")
                    .rigid("MEMORY MIB")
                    .column("NOTE");
            for (JsonNode host : Json.list(answer, "hosts")) {
                table.row(
                        Json.text(host, "name"),
                        Json.text(host, "state"),
                        Json.text(host, "health"),
                        Json.text(host, "epoch"),
                        Json.text(host, "instances"),
                        domains(host),
                        Json.text(host, "used.memoryMib") + "/" + Json.text(host, "capacity.memoryMib"),
                        note(host));
                if (FenceCheckView.alarming(host.path("fenceCheck"))) {
                    table.alarm(client.terminal());
                }
            }
            client.table(table, out, "no hosts have registered yet");
        });
    }

    /** {@code pdu=a,rack=r4}. */
    private static String domains(JsonNode host) {
        List<String> domains = new ArrayList<>();
        host.path("failureDomains")
                .properties()
                .forEach(each ->
                        domains.add(each.getKey() + "=" + each.getValue().asText()));
        return String.join(",", domains);
    }

    /** What is not as it should be, the worst first; empty for a host that simply serves. */
    private static String note(JsonNode host) {
        List<String> notes = new ArrayList<>();
        String fencing = FenceCheckView.note(host.path("fenceCheck"));
        if (!fencing.isEmpty()) {
            notes.add(fencing);
        }
        if (!Json.text(host, "caseId").isEmpty()) {
            notes.add("case open");
        }
        if (host.path("forcedDown").asBoolean()) {
            notes.add("forced down");
        }
        if (!Json.text(host, "maintenance").isEmpty()) {
            notes.add("maintenance: " + Json.text(host, "maintenance"));
        }
        if (!Json.text(host, "quarantine").isEmpty()) {
            notes.add("quarantine: " + Json.text(host, "quarantine"));
        }
        if (!host.path("enabled").asBoolean(true)) {
            String reason = Json.text(host, "disabledReason");
            notes.add("disabled" + (reason.isEmpty() ? "" : ": " + reason));
        }
        List<String> advised = new ArrayList<>();
        Json.list(host, "advisories").forEach(one -> advised.add(Json.text(one, "kind")));
        if (!advised.isEmpty()) {
            notes.add("advised: " + String.join(", ", advised));
        }
        if (!Json.text(host, "health").equals("ALIVE")) {
            notes.add(Json.text(host, "healthReason"));
        }
        return String.join("; ", notes);
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows one host with the signals that its state rests on.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "HOST") String host) {
        return client.show(
                options,
                api -> api.get("/ha/v1/hosts/" + escaped(host)),
                (answer, out) -> one(Json.unwrapped(answer, "host"), out));
    }

    private void one(JsonNode host, PrintWriter out) {
        client.fields(
                host,
                out,
                "evidence",
                "notes",
                "fencing",
                "fenceCheck",
                "powerReturn",
                "advisories",
                "healthRow",
                "healthRowWhen",
                "reactions");
        out.println();
        verdict(host, out);
        Table signals = new Table()
                .rigid("SIGNAL")
                .column("SOURCE")
                .rigid("AGE")
                .rigid("SINCE")
                .column("READING");
        for (JsonNode signal : Json.list(host, "evidence")) {
            signals.row(
                    Json.text(signal, "signal"),
                    Json.text(signal, "source"),
                    signal.path("ageMillis").isNumber()
                            ? Text.age(signal.path("ageMillis").asLong())
                            : "never",
                    Text.moment(Json.text(signal, "since")),
                    Json.text(signal, "reading"));
        }
        client.table(signals, out, "no signal of this host has been seen since this controller started");
        out.println();
        client.paragraph("", "How it would be isolated:", out);
        Json.list(host, "fencing").forEach(rung -> client.paragraph("  ", Text.visible(rung.asText()), out));
        new FenceCheckView(client).print(host.path("fenceCheck"), out);
        String power = PowerReturnText.of(host);
        if (!power.isEmpty()) {
            client.paragraph("Power back: ", Text.visible(power), out);
        }
        List<JsonNode> advisories = Json.list(host, "advisories");
        if (!advisories.isEmpty()) {
            out.println();
            client.paragraph("", "Said of it from outside:", out);
            client.table(AdvisoryCommand.table(advisories), out, "");
        }
        List<JsonNode> notes = Json.list(host, "notes");
        if (!notes.isEmpty()) {
            out.println();
            client.paragraph("", "Decided without a case, the newest first:", out);
            notes.forEach(note -> client.paragraph(
                    "  " + Text.moment(Json.text(note, "at")) + "  ",
                    Text.visible(Json.text(note, "kind") + ": " + Json.text(note, "text")),
                    out));
        }
        if (!Json.text(host, "caseId").isEmpty()) {
            out.println();
            client.paragraph("", "see: holdfast case explain " + Json.text(host, "caseId"), out);
        }
    }

    /** The row of the health table, and what follows from it. */
    private void verdict(JsonNode host, PrintWriter out) {
        String row = Json.text(host, "healthRow");
        if (row.isEmpty()) {
            return;
        }
        List<String> reactions = new ArrayList<>();
        Json.list(host, "reactions").forEach(reaction -> reactions.add(reaction.asText()));
        client.paragraph("Row:       ", row + " (" + Text.visible(Json.text(host, "healthRowWhen")) + ")", out);
        client.paragraph("Reactions: ", reactions.isEmpty() ? "none" : String.join(", ", reactions), out);
        out.println();
    }

    @Command(
            name = "force-down",
            mixinStandardHelpOptions = true,
            description = {
                "Tells the controller that a host is gone. Recovery starts at once, without waiting for time-outs.",
                "",
                "The host is still fenced, and its power read back as off, before any instance starts elsewhere.",
                "With --fenced you state that you have done that yourself (for example by pulling the plug):"
                        + " then nothing is checked, and if the host still runs, its instances run twice."
            })
    int forceDown(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Option(names = "--fenced", description = "I have switched this host off and made sure of it")
                    boolean fenced,
            @Option(names = "--reason", paramLabel = "TEXT", description = "written into the journal with your name")
                    @Nullable
                    String reason) {
        if (fenced && (reason == null || reason.isBlank())) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--fenced needs --reason: how do you know that the host is off?",
                    "example: --fenced --reason 'pulled both power cords in rack 4'");
        }
        ObjectNode body = Client.object().put("fenced", fenced).put("reason", reason == null ? "" : reason);
        return client.act(
                options,
                host + " is forced down; follow it with: holdfast case list --host " + host,
                api -> api.post("/ha/v1/hosts/" + escaped(host) + "/force-down", body));
    }

    @Command(
            name = "clear-force-down",
            mixinStandardHelpOptions = true,
            description = "Takes a force-down back, after the host was repaired.")
    int clearForceDown(@Mixin ClientOptions options, @Parameters(paramLabel = "HOST") String host) {
        return client.act(
                options,
                host + " is no longer forced down",
                api -> api.delete("/ha/v1/hosts/" + escaped(host) + "/force-down"));
    }

    @Command(
            name = "confirm-dead",
            mixinStandardHelpOptions = true,
            description = {
                "Confirms that a host is dead. Your word becomes the proof, with your name and reason in the fence journal.",
                "",
                "Every signal is asked first. While one says that the host lives, the word is refused; a signal that you"
                        + " know to be wrong can be overridden by its name (lease, group, probe, power, disk). If you are"
                        + " mistaken, its instances run twice."
            })
    int confirmDead(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Option(
                            names = "--reason",
                            paramLabel = "TEXT",
                            required = true,
                            description = "how you know; written into the journal with your name")
                    String reason,
            @Option(
                            names = "--override",
                            paramLabel = "SIGNAL",
                            split = ",",
                            description = "signals that are wrong: lease, group, probe, power, disk")
                    @Nullable
                    List<String> override) {
        ObjectNode body = Client.object().put("reason", reason);
        if (override != null) {
            ArrayNode named = body.putArray("override");
            override.forEach(named::add);
        }
        return client.act(
                options,
                host + " is confirmed dead; follow it with: holdfast case explain " + host,
                api -> api.post("/ha/v1/hosts/" + escaped(host) + "/confirm-dead", body));
    }

    @Command(
            name = "maintenance",
            mixinStandardHelpOptions = true,
            description = {
                "Begins (on) or ends (off) work on a host.",
                "",
                "Meanwhile it takes no new instances, and a case of it is held, even when its power reads off."
            })
    int maintenance(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "on|off") Switch mode,
            @Option(names = "--reason", paramLabel = "TEXT", description = "shown to everybody who asks") @Nullable
                    String reason) {
        String path = "/ha/v1/hosts/" + escaped(host) + "/maintenance";
        return client.act(
                options,
                host + (mode == Switch.on ? " is in maintenance" : " is no longer in maintenance"),
                api -> mode == Switch.on
                        ? api.put(path, Client.object().put("reason", reason == null ? "" : reason))
                        : api.delete(path));
    }

    @Command(
            name = "release",
            mixinStandardHelpOptions = true,
            description = "Lets a host that was put into quarantine, because it failed too often, take claims again.")
    int release(@Mixin ClientOptions options, @Parameters(paramLabel = "HOST") String host) {
        return client.act(
                options, host + " is released", api -> api.delete("/ha/v1/hosts/" + escaped(host) + "/quarantine"));
    }

    @Command(
            name = "what-if",
            mixinStandardHelpOptions = true,
            description = {
                "Tells what would be done if these hosts failed now, all together. Nothing is touched.",
                "",
                "The same guards, rules and planner answer that would act: who would be condemned or held, fenced how,"
                        + " and where each instance would go, or why nowhere."
            })
    int whatIf(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST", arity = "1..*") List<String> hosts,
            @Option(names = "--power-off", description = "as if their power read off, instead of silence")
                    boolean powerOff) {
        String path = "/ha/v1/what-if?host=" + escaped(String.join(",", hosts)) + (powerOff ? "&power_off=true" : "");
        return client.show(options, api -> api.get(path), new WhatIfView(client)::print);
    }

    @Command(
            name = "weight",
            mixinStandardHelpOptions = true,
            description = {
                "Sets points that a host gets whenever a home is sought; negative for a host that is better left alone.",
                "",
                "They stand until they are set anew, 0 for none, and are multiplied with scheduler.provider-weight-multiplier."
            })
    int weight(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "POINTS", description = "-1000 to 1000") double points) {
        return client.act(
                options,
                host + " has weight " + points,
                api -> api.put(
                        "/ha/v1/hosts/" + escaped(host) + "/weight",
                        Client.object().put("weight", points)));
    }

    /** As it is typed. */
    enum Switch {
        on,
        off
    }

    @Command(
            name = "enable",
            mixinStandardHelpOptions = true,
            description = "Lets new instances be placed on a host again.")
    int enable(@Mixin ClientOptions options, @Parameters(paramLabel = "HOST") String host) {
        return client.act(
                options,
                host + " is enabled",
                api -> api.put(
                        "/v2.1/os-services/" + escaped(serviceId(api, host)),
                        Client.object().put("status", "enabled")));
    }

    @Command(
            name = "disable",
            mixinStandardHelpOptions = true,
            description = "Keeps new instances away from a host; what runs there goes on.")
    int disable(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Option(names = "--reason", paramLabel = "TEXT", description = "shown to everybody who asks") @Nullable
                    String reason) {
        ObjectNode body = Client.object().put("status", "disabled");
        if (reason != null) {
            body.put("disabled_reason", reason);
        }
        return client.act(
                options,
                host + " is disabled",
                api -> api.put("/v2.1/os-services/" + escaped(serviceId(api, host)), body));
    }

    private static String serviceId(ApiClient api, String host) {
        JsonNode answer = api.get("/v2.1/os-services?binary=" + COMPUTE + "&host=" + escaped(host));
        return Json.list(answer, "services").stream()
                .filter(service -> Json.text(service, "host").equals(host))
                .map(service -> Json.text(service, "id"))
                .filter(id -> !id.isEmpty())
                .findFirst()
                .orElseThrow(() ->
                        new CommandFailure(ExitCode.NOT_FOUND, "there is no host " + host, "see: holdfast host list"));
    }
}
