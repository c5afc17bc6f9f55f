package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What was done to an instance, in Nova's form; from 2.21 on also to one that is deleted. Each action has one event. */
final class InstanceActions {

    private static final int OF_DELETED = 21;
    private static final int EVENTS_FOR_ALL = 51;
    private static final int PAGED = 58;
    private static final int WITH_HOST = 62;
    private static final int CHANGES_BEFORE = 66;
    private static final int WITH_DETAILS = 84;

    private final Instances instances;

    InstanceActions(Instances instances) {
        this.instances = instances;
    }

    Map<String, Operation> operations() {
        return Map.of("listInstanceActions", this::list, "showInstanceAction", this::show);
    }

    private Reply list(Call call) {
        Instant since = call.version().atLeast(PAGED) ? ServerListing.time(call, "changes-since") : null;
        Instant before = call.version().atLeast(CHANGES_BEFORE) ? ServerListing.time(call, "changes-before") : null;
        List<InstanceAction> found = actions(call).stream()
                .filter(one -> since == null || !changed(one).isBefore(since))
                .filter(one -> before == null || !changed(one).isAfter(before))
                .toList();
        JsonArray shown = new JsonArray();
        if (!call.version().atLeast(PAGED)) {
            found.forEach(one -> shown.add(view(call, one)));
            return Reply.ok(new JsonObject().put("instanceActions", shown));
        }
        Links.Page<InstanceAction> page = Links.page(call, found, InstanceAction::request);
        page.items().forEach(one -> shown.add(view(call, one)));
        return Reply.ok(page.withNext(
                new JsonObject().put("instanceActions", shown),
                call,
                "/v2.1/servers/" + call.path("server_id") + "/os-instance-actions",
                "links"));
    }

    private Reply show(Call call) {
        String request = call.path("request_id");
        InstanceAction action = actions(call).stream()
                .filter(one -> one.request().equals(request))
                .findFirst()
                .orElseThrow(() -> ApiFault.notFound(
                        "Action for request_id " + request + " on instance " + call.path("server_id") + " not found"));
        JsonObject view = view(call, action);
        if (call.caller().isAdmin() || call.version().atLeast(EVENTS_FOR_ALL)) {
            view.put("events", new JsonArray().add(event(call, action)));
        }
        return Reply.ok(new JsonObject().put("instanceAction", view));
    }

    private List<InstanceAction> actions(Call call) {
        String id = call.path("server_id");
        Optional<InstanceId> instance = Servers.id(id, InstanceId::parse);
        Optional<Instance> living = instance.flatMap(instances::find);
        boolean known = living.isPresent() || call.version().atLeast(OF_DELETED);
        return instance.filter(one -> known)
                .map(instances::actions)
                // Of a deleted instance its project is known by what was done to it.
                .filter(actions -> living.map(one -> call.caller().mayKnow(one.project()))
                        .orElseGet(() -> !actions.isEmpty()
                                && call.caller().mayKnow(actions.getLast().project())))
                .orElseThrow(() -> ApiFault.notFound("Instance " + id + " could not be found."));
    }

    private static Instant changed(InstanceAction one) {
        return one.finishedAt() == null ? one.startedAt() : one.finishedAt();
    }

    private static JsonObject view(Call call, InstanceAction one) {
        JsonObject view = new JsonObject()
                .put("action", one.action())
                .put("instance_uuid", one.instance().toString())
                .put("request_id", one.request())
                .put("user_id", one.user())
                .put("project_id", one.project().value())
                .put("start_time", ServerView.moment(one.startedAt()))
                // Nova's word, whatever it was: the text stands in the details of the event.
                .put("message", one.failed() ? "Error" : null);
        return call.version().atLeast(PAGED) ? view.put("updated_at", ServerView.moment(changed(one))) : view;
    }

    private static JsonObject event(Call call, InstanceAction one) {
        JsonObject event = new JsonObject()
                .put("event", event(one.action()))
                .put("start_time", ServerView.moment(one.startedAt()))
                .put("finish_time", ServerView.moment(one.finishedAt()))
                .put("result", result(one));
        if (call.caller().isAdmin()) {
            event.put("traceback", null);
        }
        if (call.version().atLeast(WITH_HOST)) {
            HostId host = one.host();
            event.put("hostId", host == null ? "" : host.opaqueTo(one.project()));
            if (call.caller().isAdmin()) {
                event.put("host", host == null ? null : host.value());
            }
        }
        return call.version().atLeast(WITH_DETAILS) ? event.put("details", one.message()) : event;
    }

    private static @Nullable String result(InstanceAction one) {
        return one.finishedAt() == null ? null : one.failed() ? "Error" : "Success";
    }

    private static String event(String action) {
        return switch (action) {
            case "create" -> "compute__do_build_and_run_instance";
            case "delete" -> "compute_terminate_instance";
            case "evacuate" -> "compute_rebuild_instance";
            case "lock", "unlock" -> "api_" + action;
            default -> "compute_" + action + "_instance";
        };
    }
}
