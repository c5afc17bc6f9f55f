package io.holdfast.api.words;

import io.holdfast.api.MonitorSettings;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Prometheus' alerts, as Alertmanager's webhook (version 4) sends them: one that fires is a word that its host is gone, one that is
 * resolved takes the word back.
 *
 * <p>Alertmanager says again and again what still fires. What began to fire before the newest case of the host was opened has been
 * heard: it is that case's business, and a host that is back is not fenced for an old alert. What somebody else said is not taken back.
 *
 * <p>What if we die in the middle: Alertmanager has no answer and sends all of them again; those that were heard are heard as such.
 */
public final class Alerts {

    /** Before those of the settings: who writes it means us. */
    private static final String OUR_LABEL = "holdfast_host";

    private final Hosts hosts;
    private final Recovery recovery;
    private final Words words;
    private final MonitorSettings settings;
    private final InstantSource clock;

    public Alerts(Hosts hosts, Recovery recovery, Words words, MonitorSettings settings, InstantSource clock) {
        this.hosts = hosts;
        this.recovery = recovery;
        this.words = words;
        this.settings = settings;
        this.clock = clock;
    }

    public Map<String, Operation> operations() {
        return Map.of("receiveAlerts", this::receive);
    }

    private Reply receive(Call call) {
        words.requireMay(call.caller());
        JsonArray answers = new JsonArray();
        for (Object one : call.body().getJsonArray("alerts")) {
            answers.add(heard(call, (JsonObject) one));
        }
        return Reply.ok(new JsonObject().put("alerts", answers));
    }

    private JsonObject heard(Call call, JsonObject alert) {
        JsonObject labels = alert.getJsonObject("labels");
        String name = String.valueOf(labels.getValue("alertname", "without a name"));
        Optional<ComputeHost> host = host(labels);
        JsonObject answer = new JsonObject().put("alertname", name);
        if (host.isEmpty()) {
            return answer.put("result", "ignored")
                    .put("reason", "none of its labels " + settings.alertLabels() + " names a host that is known");
        }
        HostId id = host.get().id();
        answer.put("host", id.value());
        return alert.getString("status").equals("resolved")
                ? resolved(call, host.get(), answer)
                : firing(call, host.get(), name, startsAt(alert), answer);
    }

    private JsonObject firing(Call call, ComputeHost host, String name, Instant startsAt, JsonObject answer) {
        if (host.maintenance() != null) {
            return answer.put("result", "ignored").put("reason", "the host is in maintenance: " + host.maintenance());
        }
        Optional<CaseView> newest = recovery.cases(host.id(), null, 1).stream().findFirst();
        if (newest.isPresent() && !newest.get().openedAt().isBefore(startsAt)) {
            return answer.put("result", "joined").put("case", newest.get().id().toString());
        }
        return switch (words.down(call.caller(), host.id(), false, "alert " + name + " fires since " + startsAt)) {
            case Words.Said.Acted _ -> answer.put("result", "acted");
            case Words.Said.NotActed(String why) ->
                answer.put("result", "ignored").put("reason", why);
        };
    }

    private JsonObject resolved(Call call, ComputeHost host, JsonObject answer) {
        if (!host.forcedDown()) {
            return answer.put("result", "ignored").put("reason", "the host is not forced down");
        }
        String by = hosts.forcedDownBy(host.id()).orElse("");
        if (!by.startsWith(call.caller().actor().toString())) {
            return answer.put("result", "ignored").put("reason", "the host was forced down by somebody else: " + by);
        }
        recovery.clearForceDown(host.id(), call.caller().actor());
        return answer.put("result", "cleared");
    }

    /** The first label that there is decides: a second one would only name another machine. */
    private Optional<ComputeHost> host(JsonObject labels) {
        return Stream.concat(Stream.of(OUR_LABEL), settings.alertLabels().stream())
                .filter(labels::containsKey)
                .findFirst()
                .flatMap(label -> named(String.valueOf(labels.getValue(label))));
    }

    private Optional<ComputeHost> named(String value) {
        String bare = value.replaceFirst(":\\d{1,5}$", "").replaceFirst("^\\[(.*)]$", "$1");
        HostId mapped =
                settings.alertHosts().getOrDefault(value, settings.alertHosts().get(bare));
        List<ComputeHost> known = hosts.list();
        return known.stream()
                .filter(host -> mapped == null
                        ? host.id().value().equals(bare) || bare.equals(host.address())
                        : host.id().equals(mapped))
                .findFirst();
    }

    private Instant startsAt(JsonObject alert) {
        String text = alert.getString("startsAt");
        if (text == null) {
            return clock.instant();
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw ApiFault.badRequest("alerts: startsAt '" + text + "' is not a moment in ISO 8601.");
        }
    }
}
