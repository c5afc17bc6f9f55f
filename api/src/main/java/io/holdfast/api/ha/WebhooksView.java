package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Webhooks;
import io.holdfast.notifications.Webhooks.Webhook;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subscriptions. A member has those of its project; an administrator has all, and may make the operator's. */
public final class WebhooksView {

    private final Webhooks webhooks;

    public WebhooksView(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listWebhooks", this::list);
        table.put("createWebhook", this::create);
        table.put("showWebhook", call -> Reply.ok(new JsonObject().put("webhook", view(mine(call)))));
        table.put("deleteWebhook", this::delete);
        return table;
    }

    private Reply list(Call call) {
        JsonArray all = new JsonArray();
        webhooks.list(call.caller().scope()).forEach(one -> all.add(view(one)));
        return Reply.ok(new JsonObject().put("webhooks", all));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body();
        JsonArray types = wanted.getJsonArray("types", new JsonArray());
        try {
            Webhook made = webhooks.add(
                    project(call),
                    URI.create(wanted.getString("url")),
                    types.stream().map(String::valueOf).toList(),
                    wanted.getString("secret"),
                    call.caller().actor());
            return Reply.of(201, new JsonObject().put("webhook", view(made)))
                    .with("Location", call.baseUrl() + "/ha/v1/webhooks/" + made.id());
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private Reply delete(Call call) {
        Webhook webhook = mine(call);
        if (!webhooks.delete(webhook.id())) {
            throw notFound(webhook.id().toString());
        }
        return Reply.empty(204);
    }

    /** Without the field it is the caller's project; only an administrator may name another, or none. */
    private static @Nullable ProjectId project(Call call) {
        JsonObject wanted = call.body();
        if (!wanted.containsKey("project")) {
            return call.caller().project();
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
        return new JsonObject()
                .put("id", webhook.id().toString())
                .put(
                        "project",
                        webhook.project() == null ? null : webhook.project().value())
                .put("url", webhook.url().toString())
                .put("types", new JsonArray(List.copyOf(webhook.types())))
                .put("createdAt", webhook.createdAt().toString())
                .put("createdBy", webhook.createdBy())
                .put("pending", webhook.pending())
                .put("dead", webhook.dead())
                .put("lastError", webhook.lastError());
    }
}
