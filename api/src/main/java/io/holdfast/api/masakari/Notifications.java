package io.holdfast.api.masakari;

import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.words.Words;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Notifications: words of monitors that come through Masakari's door.
 *
 * <p><b>Order.</b> First the word is acted on, then the notification is kept. What if we die between the two: the monitor has no
 * answer, sends it again, and joins the case that it opened. The other way round it would be refused as a repeat of a word that
 * nobody has acted on.
 *
 * <p><b>Repeats.</b> While a case is open, a word joins it. The same word again while the first is not dealt with is a 409, as
 * monitors expect. The same word once that is over, about a host that serves again, may be an old one that was
 * sent late: it is looked into before anything follows, whatever the monitor's trust.
 */
final class Notifications {

    private static final int WORKFLOW_FROM = 1;
    private static final int MOVES_FROM = 3;

    private static final Listing<Notification> LISTING = new Listing<>(
            one -> one.uuid().toString(),
            Notification::id,
            Map.of(
                    "id",
                    Notification::id,
                    "notification_uuid",
                    one -> one.uuid().toString(),
                    "type",
                    one -> one.type().name(),
                    "status",
                    one -> one.status().word(),
                    "source_host_uuid",
                    one -> one.hostUuid().toString(),
                    "generated_time",
                    Notification::generatedAt,
                    "created_at",
                    Notification::createdAt,
                    "updated_at",
                    Notification::updatedAt));

    private final Places places;
    private final Recovery recovery;
    private final Followed followed;
    private final NotificationBook book;
    private final Words words;
    private final GuestWords guests;
    private final Duration repeatsWithin;
    private final InstantSource clock;

    Notifications(
            Places places,
            Recovery recovery,
            Followed followed,
            NotificationBook book,
            Words words,
            GuestWords guests,
            Duration repeatsWithin,
            InstantSource clock) {
        this.places = places;
        this.recovery = recovery;
        this.followed = followed;
        this.book = book;
        this.words = words;
        this.guests = guests;
        this.repeatsWithin = repeatsWithin;
        this.clock = clock;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listNotifications", this::list);
        table.put("createNotification", this::create);
        table.put("showNotification", this::show);
        table.put("listVMoves", this::moves);
        table.put("showVMove", this::move);
        return table;
    }

    private Reply create(Call call) {
        words.requireMay(call.caller());
        JsonObject wanted = call.body().getJsonObject("notification");
        Notification.Type type = Notification.Type.valueOf(wanted.getString("type"));
        LocalDateTime generated = Texts.time("generated_time", wanted.getString("generated_time"));
        JsonObject payload = wanted.getJsonObject("payload");
        Payloads.require(type, payload);
        Places.Member about = places.named(wanted.getString("hostname"))
                .orElseThrow(() ->
                        ApiFault.badRequest("Host with name " + wanted.getString("hostname") + " could not be found."));
        ComputeHost host = about.host();
        if (host.maintenance() != null) {
            throw ApiFault.conflict("Notification received from host " + host.id() + " of type '" + type
                    + "' is ignored as the host is already under maintenance.");
        }
        List<Notification> same = book.recent(host.id(), clock.instant().minus(repeatsWithin)).stream()
                .filter(one -> one.type() == type && new JsonObject(one.payload()).equals(payload))
                .map(followed::asItIs)
                .toList();
        if (same.stream()
                .anyMatch(one ->
                        one.status() == Notification.Status.NEW || one.status() == Notification.Status.RUNNING)) {
            throw ApiFault.conflict(
                    "Notification received from host " + host.id() + " of type " + type + " is duplicate.");
        }
        boolean repeat = same.stream().anyMatch(one -> one.status() == Notification.Status.FINISHED);
        Outcome outcome = !about.segment().enabled()
                ? Outcome.ignored("failover segment " + about.segment().name() + " is disabled")
                : switch (type) {
                    case COMPUTE_HOST -> ofHost(call, host, payload, repeat);
                    case VM ->
                        byDoers(
                                call,
                                () -> guests.guest(host, payload, call.caller().actor()));
                    case PROCESS ->
                        byDoers(
                                call,
                                () -> guests.process(
                                        host, payload, call.caller().actor()));
                };
        Notification kept = book.add(new Notification(
                0,
                UUID.randomUUID(),
                type,
                host.id(),
                host.uuid(),
                generated,
                payload.encode(),
                call.caller().name(),
                words.trust(call.caller()),
                outcome.status(),
                outcome.reason(),
                outcome.caseId(),
                clock.instant(),
                null));
        // As it was when it came: monitors expect "new", and its way may be over already.
        Notification.Status told = outcome.status().isOver() ? outcome.status() : Notification.Status.NEW;
        return Reply.of(
                202, new JsonObject().put("notification", view(kept.as(told, kept.reason(), kept.caseId(), null))));
    }

    private Outcome byDoers(Call call, Supplier<Outcome> deed) {
        words.count(call.caller());
        return words.trust(call.caller()) == Trust.SUSPECTS
                ? Outcome.ignored("monitor " + call.caller().name() + " is trusted to suspect, not to have things done")
                : deed.get();
    }

    private Outcome ofHost(Call call, ComputeHost host, JsonObject payload, boolean repeat) {
        String event = payload.getString("event").toUpperCase(Locale.ROOT);
        String status = payload.getString("host_status", "").toUpperCase(Locale.ROOT);
        if (event.equals("STARTED")) {
            return Outcome.finished("a host that starts introduces itself; nothing has to be done for it");
        }
        if (!status.equals("NORMAL")) {
            return Outcome.ignored("host_status is " + (status.isEmpty() ? "not given" : status)
                    + ", so the monitor itself does not know; our own signals decide");
        }
        String reason = "notification COMPUTE_HOST " + event + ", cluster status "
                + payload.getString("cluster_status", "not given");
        boolean back = host.state() == HostState.SERVING || host.state() == HostState.JOINING;
        Optional<CaseView> open = recovery.cases(host.id(), true, 1).stream().findFirst();
        Words.Said said = repeat && back && open.isEmpty()
                ? words.doubtful(
                        call.caller(), host.id(), reason + " (again within " + repeatsWithin.toSeconds() + " s)")
                : words.down(call.caller(), host.id(), false, reason);
        return switch (said) {
            case Words.Said.NotActed(String why) ->
                // Our own signals may still condemn it; then the notification follows that case.
                new Outcome(Notification.Status.RUNNING, why, null);
            case Words.Said.Acted _ ->
                recovery.cases(host.id(), null, 1).stream()
                        .findFirst()
                        .filter(one -> one.closedAt() == null || !back)
                        .map(one -> new Outcome(Followed.status(one.state()), one.reason(), one.id()))
                        .orElseGet(() -> new Outcome(Notification.Status.NEW, "", null));
        };
    }

    private Reply list(Call call) {
        words.requireMay(call.caller());
        String status = call.query("status");
        String type = call.query("type");
        String host = call.query("source_host_uuid");
        String since = call.query("generated-since");
        Optional<UUID> hostId = host == null ? Optional.empty() : Texts.uuid(host);
        JsonArray found = new JsonArray();
        if (host == null || hostId.isPresent()) {
            LISTING.page(
                            call,
                            book
                                    .list(
                                            hostId.orElse(null),
                                            type == null ? null : Notification.Type.valueOf(type),
                                            since == null ? null : Texts.time("generated-since", since))
                                    .stream()
                                    .map(followed::asItIs)
                                    .filter(one -> status == null
                                            || one.status().word().equals(status))
                                    .toList())
                    .forEach(one -> found.add(view(one)));
        }
        return Reply.ok(new JsonObject().put("notifications", found));
    }

    private Reply show(Call call) {
        Notification found = find(call);
        JsonObject view = view(found);
        if (call.version().atLeast(WORKFLOW_FROM)) {
            view.put("recovery_workflow_details", followed.workflow(found));
        }
        return Reply.ok(new JsonObject().put("notification", view));
    }

    private Reply moves(Call call) {
        call.version().requireBetween(MOVES_FROM, Integer.MAX_VALUE);
        String status = call.query("status");
        String type = call.query("type");
        JsonArray found = new JsonArray();
        VMove.LISTING
                .page(
                        call,
                        followed.moves(find(call)).stream()
                                .filter(one ->
                                        status == null || one.status().word().equals(status))
                                .filter(one -> type == null || type.equals("evacuation"))
                                .toList())
                .forEach(one -> found.add(one.view()));
        return Reply.ok(new JsonObject().put("vmoves", found));
    }

    private Reply move(Call call) {
        call.version().requireBetween(MOVES_FROM, Integer.MAX_VALUE);
        Optional<UUID> id = Texts.uuid(call.path("vmove_id"));
        return followed.moves(find(call)).stream()
                .filter(one -> id.isPresent() && one.uuid().equals(id.get()))
                .findFirst()
                .map(one -> Reply.ok(new JsonObject().put("vmove", one.view())))
                .orElseThrow(() -> ApiFault.notFound("No vm move with id " + call.path("vmove_id") + "."));
    }

    private Notification find(Call call) {
        words.requireMay(call.caller());
        String id = call.path("notification_id");
        return Texts.uuid(id)
                .flatMap(book::find)
                .map(followed::asItIs)
                .orElseThrow(() -> ApiFault.notFound("No notification with id " + id + "."));
    }

    private static JsonObject view(Notification of) {
        return new JsonObject()
                .put("id", of.id())
                .put("notification_uuid", of.uuid().toString())
                .put("type", of.type().name())
                .put("source_host_uuid", of.hostUuid().toString())
                .put("generated_time", Texts.time(of.generatedAt()))
                .put("payload", new JsonObject(of.payload()))
                .put("status", of.status().word())
                .put("created_at", Texts.time(of.createdAt()))
                .put("updated_at", Texts.time(of.updatedAt()))
                .put("deleted", false)
                .put("deleted_at", null);
    }
}
