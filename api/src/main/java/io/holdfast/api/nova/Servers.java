package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.ServerGroups;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Instances, by Nova's name for them: their life, their actions, their tags and metadata. */
public final class Servers {

    private static final Set<String> BOOLEANS = Set.of("true", "false", "1", "0", "yes", "no", "on", "off", "t", "f");
    private static final int TAGS_MAX = 50;

    private final Instances instances;
    private final Catalog catalog;
    private final Hosts hosts;
    private final ServerGroups groups;
    private final Recovery recovery;
    private final ServiceState states;
    private final ServerNetworks networks;

    public Servers(
            Instances instances,
            Catalog catalog,
            Hosts hosts,
            ServerGroups groups,
            Recovery recovery,
            Function<HostId, Optional<HostStatus>> membership,
            ServerNetworks networks) {
        this.instances = instances;
        this.catalog = catalog;
        this.hosts = hosts;
        this.groups = groups;
        this.recovery = recovery;
        this.states = new ServiceState(membership);
        this.networks = networks;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listServers", call -> list(call, false));
        table.put("listServersDetail", call -> list(call, true));
        table.put("createServer", this::create);
        table.put("showServer", this::show);
        table.put("updateServer", this::update);
        table.put("deleteServer", this::delete);
        table.put("serverAction", this::act);
        table.put("listServerTags", this::tags);
        table.put("replaceServerTags", this::replaceTags);
        table.put("deleteServerTags", this::deleteTags);
        table.put("checkServerTag", this::checkTag);
        table.put("addServerTag", this::addTag);
        table.put("deleteServerTag", this::deleteTag);
        table.put("listServerMetadata", this::metadata);
        table.put("mergeServerMetadata", call -> changeMetadata(call, true));
        table.put("replaceServerMetadata", call -> changeMetadata(call, false));
        table.put("showServerMeta", this::showMeta);
        table.put("setServerMeta", this::setMeta);
        table.put("deleteServerMeta", this::deleteMeta);
        return table;
    }

    private Reply list(Call call, boolean detail) {
        ServerListing listing = ServerListing.of(call);
        Collection<Instance> there = listing.among(instances, scope(call));
        List<Instance> found = there.stream()
                .filter(instance -> listing.takes(instance) && matches(call, instance))
                .toList();
        List<Instance> rest = listing.after(call.query("marker"), there, found);
        if (call.number("limit", -1) == 0) {
            return Reply.ok(new JsonObject().put("servers", new JsonArray()));
        }
        Links.Page<Instance> page =
                Links.first(call, rest, instance -> instance.id().toString());
        ServerView view = view(call, detail);
        JsonArray servers = new JsonArray();
        List<JsonObject> shown = page.items().stream()
                .map(one -> detail ? view.full(one) : view.brief(one))
                .toList();
        if (detail) {
            networks.show(page.items(), shown);
        }
        shown.forEach(servers::add);
        String path = detail ? "/v2.1/servers/detail" : "/v2.1/servers";
        return Reply.ok(page.withNext(new JsonObject().put("servers", servers), call, path, "servers_links"));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("server");
        refuseBefore(call, wanted, "tags", 52);
        refuseBefore(call, wanted, "host", 74);
        CreateRequest.refuseUnsupported(call);
        CreateRequest.Destination destination = CreateRequest.destination(call, hosts);
        Flavor flavor = id(wanted.getString("flavorRef"), FlavorId::of)
                .flatMap(catalog::flavor)
                .filter(one -> one.isPublic() || call.caller().isAdmin())
                .orElseThrow(
                        () -> ApiFault.badRequest("Flavor " + wanted.getString("flavorRef") + " could not be found."));
        Image image = id(wanted.getString("imageRef"), ImageId::parse)
                .flatMap(catalog::image)
                .orElseThrow(
                        () -> ApiFault.badRequest("Image " + wanted.getString("imageRef") + " could not be found."));
        Instances.NewInstance order = new Instances.NewInstance(
                wanted.getString("name").strip(),
                call.caller().project(),
                call.caller().user(),
                flavor.id(),
                image.id(),
                destination.zone(),
                destination.host(),
                distinct(wanted.getJsonArray("tags")),
                strings(wanted.getJsonObject("metadata")),
                CreateRequest.group(call, groups),
                ServerNetworks.wish(call));
        Instance made = ServerNetworks.create(
                () -> instances.create(order, call.caller().actor()));
        JsonArray links = Links.of(call.baseUrl(), "servers", made.id().toString());
        JsonObject server = new JsonObject()
                .put("id", made.id().toString())
                .put("links", links)
                .put("OS-DCF:diskConfig", "MANUAL")
                .put("security_groups", new JsonArray());
        return Reply.of(202, new JsonObject().put("server", server))
                .with("Location", call.baseUrl() + "/v2.1/servers/" + made.id());
    }

    private Reply show(Call call) {
        return Reply.ok(new JsonObject().put("server", one(call, mine(call))));
    }

    /** One alone names its group (2.71 and later); a list does not, as in Nova. */
    private JsonObject one(Call call, Instance instance) {
        JsonObject server = view(call, true).full(instance);
        networks.show(List.of(instance), List.of(server));
        if (call.version().atLeast(71)) {
            JsonArray ids = new JsonArray();
            groups.of(instance.id()).ifPresent(group -> ids.add(group.id().toString()));
            server.put("server_groups", ids);
        }
        return server;
    }

    private Reply update(Call call) {
        Instance instance = mine(call);
        String name = call.body().getJsonObject("server").getString("name").strip();
        Instance renamed = instances.rename(instance.id(), name);
        return Reply.ok(new JsonObject().put("server", one(call, renamed)));
    }

    private Reply delete(Call call) {
        instances.delete(mine(call).id(), call.caller().actor());
        return Reply.empty(204);
    }

    private Reply act(Call call) {
        Instance instance = mine(call);
        JsonObject body = call.body();
        if (body.containsKey("os-start")) {
            instances.start(instance.id(), call.caller().actor());
            return Reply.empty(202);
        }
        if (body.containsKey("os-stop")) {
            instances.stop(instance.id(), call.caller().actor());
            return Reply.empty(202);
        }
        if (body.containsKey("migrate")) {
            return migrate(call, instance, body.getJsonObject("migrate"));
        }
        return evacuate(call, instance, body.getJsonObject("evacuate"));
    }

    /** Cold, and confirmed by being seen running elsewhere: there is no VERIFY_RESIZE to confirm. {@code host} from 2.56 on. */
    private Reply migrate(Call call, Instance instance, @Nullable JsonObject wanted) {
        if (!call.caller().isAdmin()) {
            throw new ApiFault(403, "Policy doesn't allow os_compute_api:os-migrate-server:migrate to be performed.");
        }
        if (wanted != null && wanted.containsKey("host") && !call.version().atLeast(56)) {
            throw ApiFault.badRequest("Invalid input for field/attribute migrate. Additional properties are not allowed"
                    + " ('host' was unexpected)");
        }
        String target = wanted == null ? null : wanted.getString("host");
        Recovery.MoveAnswer answer = recovery.migrate(
                instance.id(),
                target == null ? null : host(target),
                call.caller().actor());
        return switch (answer) {
            case Recovery.MoveAnswer.Accepted(var move) -> Reply.empty(202).with("Holdfast-Move", move.toString());
            case Recovery.MoveAnswer.Conflict(String reason) -> throw ApiFault.conflict(reason);
            case Recovery.MoveAnswer.NotFound() -> throw notFound(instance.id().toString());
        };
    }

    /**
     * By version: up to 2.13 {@code onSharedStorage} is required and a password is answered; from 2.14 on it is refused
     * and nothing is answered; {@code force} is there from 2.29 to 2.67; from 2.95 on it is left stopped at its new home.
     */
    private Reply evacuate(Call call, Instance instance, JsonObject wanted) {
        if (!call.caller().isAdmin()) {
            throw new ApiFault(403, "Policy doesn't allow os_compute_api:os-evacuate to be performed.");
        }
        boolean old = !call.version().atLeast(14);
        if (old && !wanted.containsKey("onSharedStorage")) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute evacuate. 'onSharedStorage' is a required" + " property");
        }
        if (!old && wanted.containsKey("onSharedStorage")) {
            throw unexpected("onSharedStorage");
        }
        if (wanted.containsKey("force")
                && (!call.version().atLeast(29) || call.version().atLeast(68))) {
            throw unexpected("force");
        }
        boolean shared = isTrue(wanted, "onSharedStorage");
        boolean force = isTrue(wanted, "force");
        String password = wanted.getString("adminPass");
        if (password != null) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute adminPass. The disk of an evacuated instance is"
                            + " kept, so its password cannot be set.");
        }
        if (old && !shared) {
            throw ApiFault.badRequest("Invalid input for field/attribute onSharedStorage. Instances live on shared"
                    + " storage; say true.");
        }
        String target = wanted.getString("host");
        if (force && target == null) {
            throw ApiFault.badRequest("Can't force to a non-provided destination");
        }
        Recovery.EvacuationAnswer answer = recovery.evacuate(
                instance.id(),
                target == null ? null : host(target),
                call.version().atLeast(95),
                call.caller().actor());
        return switch (answer) {
            case Recovery.EvacuationAnswer.Accepted(var caseId) ->
                (old ? Reply.ok(new JsonObject().put("adminPass", "")) : Reply.empty(200))
                        .with("Holdfast-Case", caseId.toString());
            case Recovery.EvacuationAnswer.HostNotDown(String reason) ->
                throw ApiFault.badRequest(
                        "Compute service of " + (instance.home() == null ? "no host" : instance.home())
                                + " is still in use." + (reason.isEmpty() ? "" : " " + reason));
            case Recovery.EvacuationAnswer.Conflict(String reason) -> throw ApiFault.conflict(reason);
            case Recovery.EvacuationAnswer.NotFound() ->
                throw notFound(instance.id().toString());
        };
    }

    private Reply tags(Call call) {
        return Reply.ok(tagsOf(tagged(call)));
    }

    private Reply replaceTags(Call call) {
        Instance instance = tagged(call);
        List<String> wanted = distinct(call.body().getJsonArray("tags"));
        return Reply.ok(tagsOf(instances.setTags(instance.id(), wanted)));
    }

    private Reply deleteTags(Call call) {
        instances.setTags(tagged(call).id(), List.of());
        return Reply.empty(204);
    }

    private Reply checkTag(Call call) {
        requireTag(tagged(call), call.path("tag"));
        return Reply.empty(204);
    }

    private Reply addTag(Call call) {
        Instance instance = tagged(call);
        String tag = call.path("tag");
        if (tag.length() > 60 || tag.contains(",") || tag.contains("/")) {
            throw ApiFault.badRequest(
                    "Tag '" + tag + "' is invalid. It must be a non empty string without characters '/'"
                            + " and ',', of at most 60 characters.");
        }
        if (instance.tags().contains(tag)) {
            return Reply.empty(204);
        }
        if (instance.tags().size() >= TAGS_MAX) {
            throw ApiFault.badRequest("The number of tags exceeded the per-server limit " + TAGS_MAX);
        }
        Instance changed = instances.changeTags(
                instance.id(),
                tags -> Stream.concat(tags.stream(), Stream.of(tag)).toList());
        return Reply.empty(201)
                .with("Location", call.baseUrl() + "/v2.1/servers/" + changed.id() + "/tags/" + Links.encoded(tag));
    }

    private Reply deleteTag(Call call) {
        Instance instance = tagged(call);
        String tag = call.path("tag");
        requireTag(instance, tag);
        instances.changeTags(
                instance.id(),
                tags -> tags.stream().filter(one -> !one.equals(tag)).toList());
        return Reply.empty(204);
    }

    private Reply metadata(Call call) {
        return Reply.ok(
                new JsonObject().put("metadata", ServerView.strings(mine(call).metadata())));
    }

    private Reply changeMetadata(Call call, boolean merge) {
        Instance instance = mine(call);
        Map<String, String> wanted = strings(call.body().getJsonObject("metadata"));
        Instance changed = merge ? merged(instance, wanted) : instances.setMetadata(instance.id(), wanted);
        return Reply.ok(new JsonObject().put("metadata", ServerView.strings(changed.metadata())));
    }

    private Reply showMeta(Call call) {
        String key = call.path("key");
        return Reply.ok(meta(key, requireMeta(mine(call), key)));
    }

    private Reply setMeta(Call call) {
        Instance instance = mine(call);
        String key = call.path("key");
        JsonObject meta = call.body().getJsonObject("meta");
        if (!meta.containsKey(key)) {
            throw ApiFault.badRequest("Request body and URI mismatch");
        }
        String value = meta.getString(key);
        merged(instance, Map.of(key, value));
        return Reply.ok(meta(key, value));
    }

    private Instance merged(Instance instance, Map<String, String> added) {
        return instances.changeMetadata(instance.id(), there -> {
            Map<String, String> all = new HashMap<>(there);
            all.putAll(added);
            return all;
        });
    }

    private Reply deleteMeta(Call call) {
        Instance instance = mine(call);
        String key = call.path("key");
        requireMeta(instance, key);
        instances.changeMetadata(instance.id(), there -> {
            Map<String, String> rest = new HashMap<>(there);
            rest.remove(key);
            return rest;
        });
        return Reply.empty(204);
    }

    /** The instance of the path, if it is the caller's to see; another project's instance is not there. */
    private Instance mine(Call call) {
        String text = call.path("server_id");
        return id(text, InstanceId::parse)
                .flatMap(instances::find)
                .filter(instance ->
                        call.caller().mayKnow(instance.project()) && instance.goal() != InstanceGoal.DELETED)
                .orElseThrow(() -> notFound(text));
    }

    private Instance tagged(Call call) {
        call.version().requireBetween(26, Integer.MAX_VALUE);
        return mine(call);
    }

    private ServerView view(Call call, boolean detail) {
        Map<FlavorId, Flavor> flavors = detail && call.version().atLeast(47)
                ? catalog.flavors().stream().collect(Collectors.toMap(Flavor::id, Function.identity()))
                : Map.of();
        // Only administrators are shown it, so only for them the hosts are read.
        Map<HostId, String> hostStatus =
                detail && call.caller().isAdmin() && call.version().atLeast(16)
                        ? hosts.list().stream().collect(Collectors.toMap(ComputeHost::id, states::hostStatus))
                        : Map.of();
        return new ServerView(call.caller(), call.version(), call.baseUrl(), flavors, hostStatus);
    }

    /** A member sees its project; an administrator too, unless it asks for all or for another. */
    private static @Nullable ProjectId scope(Call call) {
        boolean all = call.flag("all_tenants");
        String other = call.query("project_id");
        if (!call.caller().isAdmin()) {
            if (all) {
                throw new ApiFault(
                        403, "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.");
            }
            return call.caller().project();
        }
        if (other != null) {
            return id(other, ProjectId::of)
                    .orElseThrow(() -> ApiFault.badRequest("'" + other + "' is not a project id"));
        }
        return all ? null : call.caller().project();
    }

    private static boolean matches(Call call, Instance instance) {
        String name = call.query("name");
        String status = call.query("status");
        String host = call.query("host");
        String flavor = call.query("flavor");
        String image = call.query("image");
        String tags = call.version().atLeast(26) ? call.query("tags") : null;
        // As in Nova, a member's question for a host is as if it had not been asked.
        boolean byHost = host == null
                || !call.caller().isAdmin()
                || (instance.home() != null && instance.home().value().equals(host));
        return byHost
                && (name == null || instance.name().contains(name))
                && (status == null || ServerView.status(instance).equals(status.toUpperCase(Locale.ROOT)))
                && (flavor == null || instance.flavor().value().equals(flavor))
                && (image == null || instance.image().toString().equals(image))
                && (tags == null || Set.copyOf(instance.tags()).containsAll(List.of(tags.split(",", -1))));
    }

    private static void refuseBefore(Call call, JsonObject wanted, String field, int minor) {
        if (wanted.containsKey(field) && !call.version().atLeast(minor)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute server. Additional properties are not allowed ('" + field
                            + "' was unexpected; it is there from version 2." + minor + " on)");
        }
    }

    private static ApiFault unexpected(String field) {
        return ApiFault.badRequest(
                "Invalid input for field/attribute evacuate. Additional properties are not allowed ('" + field
                        + "' was unexpected)");
    }

    private static boolean isTrue(JsonObject object, String field) {
        Object value = object.getValue(field);
        if (value == null) {
            return false;
        }
        String text = value.toString().toLowerCase(Locale.ROOT);
        if (!BOOLEANS.contains(text)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute " + field + ". '" + value + "' is not a boolean");
        }
        return Set.of("true", "1", "yes", "on", "t").contains(text);
    }

    private static HostId host(String name) {
        return id(name, HostId::of)
                .orElseThrow(() -> ApiFault.badRequest("Compute host " + name + " could not be found."));
    }

    private static void requireTag(Instance instance, String tag) {
        if (!instance.tags().contains(tag)) {
            throw ApiFault.notFound("Server " + instance.id() + " has no tag '" + tag + "'");
        }
    }

    private static String requireMeta(Instance instance, String key) {
        String value = instance.metadata().get(key);
        if (value == null) {
            throw ApiFault.notFound("Metadata item was not found");
        }
        return value;
    }

    private static JsonObject meta(String key, String value) {
        return new JsonObject().put("meta", new JsonObject().put(key, value));
    }

    private static JsonObject tagsOf(Instance instance) {
        return new JsonObject().put("tags", new JsonArray(instance.tags()));
    }

    private static ApiFault notFound(String id) {
        return ApiFault.notFound("Instance " + id + " could not be found.");
    }

    /** An id that has not the shape of one names nothing. */
    static <T> java.util.Optional<T> id(String text, Function<String, T> parse) {
        try {
            return java.util.Optional.of(parse.apply(text));
        } catch (IllegalArgumentException e) {
            return java.util.Optional.empty();
        }
    }

    private static List<String> distinct(@Nullable JsonArray array) {
        return array == null
                ? List.of()
                : array.stream().map(String::valueOf).distinct().toList();
    }

    static Map<String, String> strings(@Nullable JsonObject object) {
        Map<String, String> map = new TreeMap<>();
        if (object != null) {
            object.forEach(one -> map.put(one.getKey(), String.valueOf(one.getValue())));
        }
        return map;
    }
}
