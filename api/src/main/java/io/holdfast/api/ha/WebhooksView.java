package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Aggregates;
import io.holdfast.compute.Aggregates.Aggregate;
import io.holdfast.compute.Instances;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Webhooks;
import io.holdfast.notifications.Webhooks.Attempt;
import io.holdfast.notifications.Webhooks.DeadLetter;
import io.holdfast.notifications.Webhooks.Form;
import io.holdfast.notifications.Webhooks.State;
import io.holdfast.notifications.Webhooks.Wanted;
import io.holdfast.notifications.Webhooks.Webhook;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.core.Severity;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Subscriptions. A member has those of its project; an administrator has all, and may make the operator's. */
public final class WebhooksView {

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Webhooks webhooks;
    private final Instances instances;
    private final Aggregates aggregates;
    private final PresentState present;

    public WebhooksView(
            Webhooks webhooks,
            Feed feed,
            Instances instances,
            Aggregates aggregates,
            Recovery recovery,
            Function<HostId, Optional<HostStatus>> membership,
            Clock clock) {
        this.webhooks = webhooks;
        this.instances = instances;
        this.aggregates = aggregates;
        this.present = new PresentState(instances, aggregates, recovery, membership, feed, clock);
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listWebhooks", this::list);
        table.put("createWebhook", this::create);
        table.put("showWebhook", call -> Reply.ok(new JsonObject().put("webhook", view(mine(call)))));
        table.put("deleteWebhook", this::delete);
        table.put("pauseWebhook", call -> changed(call, webhooks::pause));
        table.put("resumeWebhook", call -> changed(call, webhooks::resume));
        table.put("testWebhook", this::test);
        table.put("listWebhookAttempts", this::attempts);
        table.put("listDeadLetters", this::deadLetters);
        table.put("retryDeadLetters", this::retry);
        table.put("showPresent", this::present);
        return table;
    }

    private Reply list(Call call) {
        JsonArray all = new JsonArray();
        webhooks.list(call.caller().scope()).forEach(one -> all.add(view(one)));
        return Reply.ok(new JsonObject().put("webhooks", all));
    }

    /** First it is made, then the world is looked at: whatever happens between the two is delivered. */
    private Reply create(Call call) {
        JsonObject wanted = call.body();
        ProjectId project = project(call);
        Webhook made;
        try {
            Filter filter = filter(call, project);
            made = webhooks.add(
                    new Wanted(
                            project,
                            URI.create(wanted.getString("url")),
                            filter,
                            Form.valueOf(wanted.getString("form", Form.HOLDFAST.word())
                                    .toUpperCase(Locale.ROOT)),
                            wanted.getString("secret")),
                    call.caller().actor());
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest(String.valueOf(e.getMessage()));
        }
        return Reply.of(
                        201,
                        new JsonObject()
                                .put("webhook", view(made))
                                .put("present", present.of(project, made.filter(), null)))
                .with("Location", call.baseUrl() + "/ha/v1/webhooks/" + made.id());
    }

    private Reply present(Call call) {
        String marker = call.query("marker");
        try {
            return Reply.ok(new JsonObject()
                    .put(
                            "present",
                            present.of(
                                    call.caller().scope(),
                                    Filter.ALL,
                                    marker == null ? null : InstanceId.parse(marker))));
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest("marker: " + e.getMessage());
        }
    }

    private Reply delete(Call call) {
        Webhook webhook = mine(call);
        if (!webhooks.delete(webhook.id())) {
            throw notFound(webhook.id().toString());
        }
        return Reply.empty(204);
    }

    private Reply changed(Call call, Function<UUID, Boolean> how) {
        Webhook webhook = mine(call);
        if (!how.apply(webhook.id())) {
            throw notFound(webhook.id().toString());
        }
        return Reply.ok(new JsonObject().put("webhook", view(mine(call))));
    }

    private Reply test(Call call) {
        Webhook webhook = mine(call);
        try {
            return Reply.ok(new JsonObject()
                    .put(
                            "attempt",
                            view(webhooks.test(webhook.id(), call.caller().actor()))));
        } catch (IllegalArgumentException e) {
            throw ApiFault.conflict(String.valueOf(e.getMessage()));
        }
    }

    private Reply attempts(Call call) {
        JsonArray all = new JsonArray();
        webhooks.attempts(mine(call).id()).forEach(one -> all.add(view(one)));
        return Reply.ok(new JsonObject().put("attempts", all));
    }

    private Reply deadLetters(Call call) {
        int limit = (int) Math.min(LIMIT_MAX, Math.max(1, call.number("limit", LIMIT_DEFAULT)));
        JsonArray all = new JsonArray();
        webhooks.deadLetters(mine(call).id(), limit).forEach(one -> all.add(view(one)));
        return Reply.ok(new JsonObject().put("deadLetters", all));
    }

    private Reply retry(Call call) {
        Webhook webhook = mine(call);
        if (webhook.state() != State.ACTIVE) {
            throw ApiFault.conflict("Webhook " + webhook.id() + " is "
                    + webhook.state().name().toLowerCase(Locale.ROOT) + "; resume it first.");
        }
        String fact = call.body().getString("fact");
        int revived;
        try {
            revived = webhooks.retry(webhook.id(), fact == null ? null : uuid(fact));
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest("fact: " + e.getMessage());
        }
        if (fact != null && revived == 0) {
            throw ApiFault.notFound("Webhook " + webhook.id() + " has no dead letter " + fact + ".");
        }
        return Reply.of(202, new JsonObject().put("retried", revived));
    }

    /**
     * @throws IllegalArgumentException when it names an instance that the project does not have: it would never hear of
     *     it, and must not learn that it exists
     */
    private Filter filter(Call call, @Nullable ProjectId project) {
        JsonObject wanted = call.body();
        Set<UUID> named =
                strings(wanted, "instances").stream().map(WebhooksView::uuid).collect(Collectors.toUnmodifiableSet());
        for (UUID one : named) {
            boolean there = instances
                    .find(InstanceId.of(one))
                    .filter(instance -> project == null || project.equals(instance.project()))
                    .isPresent();
            if (!there) {
                throw new IllegalArgumentException("Instance " + one + " could not be found.");
            }
        }
        return new Filter(
                strings(wanted, "types"),
                Severity.of(wanted.getString("severity", Severity.INFO.word())),
                named,
                Set.copyOf(strings(wanted, "tags")),
                aggregates(call, project, strings(wanted, "aggregates")));
    }

    /**
     * By number or id, and only then by name, which may look like either. Hosts and what they are put together in are the operator's to know;
     * members see a project's subscriptions and hear from them where its instances run, whoever has made them.
     */
    private Set<UUID> aggregates(Call call, @Nullable ProjectId project, List<String> named) {
        if (named.isEmpty()) {
            return Set.of();
        }
        if (!call.caller().mayKnow(null)) {
            throw new ApiFault(403, "Policy doesn't allow webhooks by aggregate to be made.");
        }
        if (project != null) {
            throw new IllegalArgumentException("A webhook of a project cannot be filtered by aggregates, which are not"
                    + " its members' to know; make one of the operator's, with the project null.");
        }
        List<Aggregate> all = aggregates.list();
        return named.stream()
                .map(name -> found(
                                all,
                                one -> String.valueOf(one.id()).equals(name)
                                        || one.uuid().toString().equals(name))
                        .or(() -> found(all, one -> one.name().equals(name)))
                        .orElseThrow(() -> new IllegalArgumentException("Aggregate " + name + " could not be found."))
                        .uuid())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Optional<Aggregate> found(List<Aggregate> all, Predicate<Aggregate> which) {
        return all.stream().filter(which).findFirst();
    }

    private static List<String> strings(JsonObject from, String key) {
        return from.getJsonArray(key, new JsonArray()).stream()
                .map(String::valueOf)
                .distinct()
                .toList();
    }

    /**
     * Without the field it is the caller's project, or with aggregates, of which no project's members may know, an administrator's the
     * operator's; only an administrator may name another, or none.
     */
    private static @Nullable ProjectId project(Call call) {
        JsonObject wanted = call.body();
        if (!wanted.containsKey("project")) {
            boolean byHost = !wanted.getJsonArray("aggregates", new JsonArray()).isEmpty();
            return byHost && call.caller().mayKnow(null) ? null : call.caller().project();
        }
        String named = wanted.getString("project");
        ProjectId project = named == null ? null : ProjectId.of(named);
        if (!call.caller().mayKnow(project)) {
            throw new ApiFault(
                    403,
                    "Policy doesn't allow webhooks of " + (project == null ? "the operator" : "another project")
                            + " to be made.");
        }
        return project;
    }

    private Webhook mine(Call call) {
        String text = call.path("webhook");
        try {
            return webhooks.find(uuid(text))
                    .filter(webhook -> call.caller().mayKnow(webhook.project()))
                    .orElseThrow(() -> notFound(text));
        } catch (IllegalArgumentException e) {
            throw notFound(text);
        }
    }

    private static UUID uuid(String text) {
        if (text.length() != 36) {
            throw new IllegalArgumentException("not a UUID");
        }
        return UUID.fromString(text);
    }

    private static ApiFault notFound(String id) {
        return ApiFault.notFound("Webhook " + id + " could not be found.");
    }

    private static JsonObject view(Webhook webhook) {
        Filter filter = webhook.filter();
        return new JsonObject()
                .put("id", webhook.id().toString())
                .put(
                        "project",
                        webhook.project() == null ? null : webhook.project().value())
                .put("url", webhook.url().toString())
                .put("state", webhook.state().name().toLowerCase(Locale.ROOT))
                .put("form", webhook.form().word())
                .put("types", new JsonArray(filter.types()))
                .put("severity", filter.least().word())
                .put(
                        "instances",
                        new JsonArray(filter.instances().stream()
                                .map(UUID::toString)
                                .sorted()
                                .toList()))
                .put("tags", new JsonArray(filter.tags().stream().sorted().toList()))
                .put(
                        "aggregates",
                        new JsonArray(filter.aggregates().stream()
                                .map(UUID::toString)
                                .sorted()
                                .toList()))
                .put("createdAt", webhook.createdAt().toString())
                .put("createdBy", webhook.createdBy())
                .put("pending", webhook.pending())
                .put("dead", webhook.dead())
                .put("lastError", webhook.lastError());
    }

    private static JsonObject view(Attempt attempt) {
        return new JsonObject()
                .put("at", attempt.at().toString())
                .put("fact", attempt.fact().toString())
                .put("type", attempt.type())
                .put("attempt", attempt.number())
                .put("result", attempt.result().name().toLowerCase(Locale.ROOT))
                .put("status", attempt.status() == 0 ? null : attempt.status())
                .put("tookMillis", attempt.tookMillis())
                .put("error", attempt.error());
    }

    private static JsonObject view(DeadLetter letter) {
        return new JsonObject()
                .put("fact", letter.fact().toString())
                .put("type", letter.type())
                .put("subject", letter.subject())
                .put("at", letter.at().toString())
                .put("attempts", letter.attempts())
                .put("error", letter.error());
    }
}
