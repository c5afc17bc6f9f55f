package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.ServerGroups;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Instances, by Nova's name for them: their life, their tags and metadata. */
final class Servers {

    private static final int TAGS_MAX = 50;
    private static final int FULL_AFTER_UPDATE = 75;

    private final Instances instances;
    private final Catalog catalog;
    private final Hosts hosts;
    private final ServerGroups groups;
    private final Books books;
    private final ServerActions actions;
    private final ServerDiagnostics diagnostics;
    private final ServiceState states;
    private final ServerNetworks networks;

    Servers(
            Instances instances,
            Catalog catalog,
            Hosts hosts,
            ServerGroups groups,
            Books books,
            ServerNetworks networks,
            Recovery recovery,
            ServiceState states,
            InstantSource clock) {
        this.instances = instances;
        this.catalog = catalog;
        this.hosts = hosts;
        this.groups = groups;
        this.books = books;
        this.actions = new ServerActions(instances, recovery, books.consoles(), this::rebuild);
        this.diagnostics = new ServerDiagnostics(books.figures(), clock);
        this.states = states;
        this.networks = networks;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listServers", call -> list(call, false));
        table.put("listServersDetail", call -> list(call, true));
        table.put("createServer", this::create);
        table.put("showServer", this::show);
        table.put("updateServer", this::update);
        table.put("deleteServer", this::delete);
        table.put("serverAction", call -> actions.act(call, mine(call)));
        table.put("showServerDiagnostics", call -> diagnostics.show(mine(call), call.version()));
        table.put("listServerMigrations", call -> {
            mine(call);
            return Migrations.noneLive(call);
        });
        table.put("showServerMigration", call -> {
            throw Migrations.noSuch(call, 23);
        });
        table.put("abortServerMigration", call -> {
            throw Migrations.noSuch(call, 24);
        });
        table.put("listVolumeAttachments", call -> {
            mine(call);
            // The one disk of an instance is no volume.
            return Reply.ok(new JsonObject().put("volumeAttachments", new JsonArray()));
        });
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
        Predicate<Instance> filter = ServerFilter.of(call);
        ServerListing listing = ServerListing.of(call);
        Collection<Instance> there = listing.among(instances, scope(call));
        List<Instance> found = networks.with(
                ServerFilter.address(call),
                there.stream()
                        .filter(instance -> listing.takes(instance) && filter.test(instance))
                        .toList());
        List<Instance> rest = listing.after(call.query("marker"), there, found);
        if (call.number("limit", -1) == 0) {
            return Reply.ok(new JsonObject().put("servers", new JsonArray()));
        }
        Links.Page<Instance> page =
                Links.first(call, rest, instance -> instance.id().toString());
        ServerView view = view(call, detail, page.items());
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
        CreateRequest.refuseUnsupported(call);
        CreateRequest.Destination destination = CreateRequest.destination(call, hosts);
        CreateRequest.Count count = CreateRequest.count(wanted);
        boolean reservation = ServerActions.isTrue(wanted, "return_reservation_id");
        // Whether they are there, and for whom, is found out where the server is stored, for all that are stored
        // together.
        FlavorId flavor = id(wanted.getString("flavorRef"), FlavorId::of)
                .orElseThrow(
                        () -> ApiFault.badRequest("Flavor " + wanted.getString("flavorRef") + " could not be found."));
        ImageId image = id(wanted.getString("imageRef"), ImageId::parse).orElseThrow(() -> noImage(call, flavor));
        books.images().bring(call, image);
        String userData = CreateRequest.userData(wanted);
        Particulars particulars = CreateRequest.particulars(call, wanted, books.keyPairs());
        HintRequest hints = HintRequest.read(call, groups, instances, hosts);
        NetworkWish networks = ServerNetworks.wish(call, count.most());
        List<Instance> made = new ArrayList<>();
        while (made.size() < count.most()) {
            int index = made.size();
            String name = wanted.getString("name").strip();
            Instances.NewInstance one = new Instances.NewInstance(
                    count.most() == 1 ? name : name + "-" + (index + 1),
                    call.caller().project(),
                    call.caller().user(),
                    flavor,
                    image,
                    destination.zone(),
                    destination.host(),
                    distinct(wanted.getJsonArray("tags")),
                    strings(wanted.getJsonObject("metadata")),
                    hints.group(),
                    CreateRequest.numbered(particulars, index, count),
                    userData,
                    networks,
                    call.caller().isAdmin(),
                    hints.hints());
            if (!add(call, one, made, count.least())) {
                break;
            }
        }
        if (reservation) {
            return Reply.of(202, new JsonObject().put("reservation_id", particulars.reservation()));
        }
        Instance first = made.getFirst();
        JsonObject server = new JsonObject()
                .put("id", first.id().toString())
                .put("links", Links.of(call.baseUrl(), "servers", first.id().toString()))
                .put("OS-DCF:diskConfig", "MANUAL")
                .put("security_groups", new JsonArray());
        return Reply.of(202, new JsonObject().put("server", server))
                .with("Location", call.baseUrl() + "/v2.1/servers/" + first.id());
    }

    /** Of what is wrong with both the flavor is named, as where the server is stored. */
    private ApiFault noImage(Call call, FlavorId flavor) {
        return catalog.flavor(flavor).filter(one -> Flavors.mayUse(call, one)).isEmpty()
                ? ApiFault.badRequest("Flavor " + flavor + " could not be found.")
                : ApiFault.badRequest(
                        "Image " + call.body().getJsonObject("server").getString("imageRef") + " could not be found.");
    }

    /**
     * Makes one more. As in Nova a quota ends it where the least number is there already; before that, those that were made
     * are deleted again.
     *
     * @return whether it was made
     */
    private boolean add(Call call, Instances.NewInstance wanted, List<Instance> made, int least) {
        try {
            made.add(ServerNetworks.create(
                    () -> instances.create(wanted, call.caller().actor())));
            return true;
        } catch (ComputeException | ApiFault e) {
            if (e instanceof ComputeException refused
                    && refused.kind() == ComputeException.Kind.LIMIT
                    && made.size() >= least) {
                return false;
            }
            made.forEach(one -> instances.delete(one.id(), call.caller().actor()));
            throw e;
        }
    }

    private Reply show(Call call) {
        return Reply.ok(new JsonObject().put("server", one(call, mine(call), true)));
    }

    /** One alone names its group (2.71 and later); a list does not, as in Nova. */
    private JsonObject one(Call call, Instance instance, boolean shown) {
        ServerView view = view(call, true, List.of(instance));
        JsonObject server = shown ? view.full(instance) : view.updated(instance);
        networks.show(List.of(instance), List.of(server));
        if (!shown) {
            server.remove("security_groups");
        }
        if (call.version().atLeast(71)) {
            JsonArray ids = new JsonArray();
            groups.of(instance.id()).ifPresent(group -> ids.add(group.id().toString()));
            server.put("server_groups", ids);
        }
        return server;
    }

    private Reply update(Call call) {
        Instance instance = mine(call);
        JsonObject wanted = call.body().getJsonObject("server");
        CreateRequest.refuseInUpdate(call, wanted);
        if (wanted.containsKey("description") || wanted.containsKey("hostname")) {
            String hostname = wanted.getString("hostname");
            instance = instances.changeParticulars(instance.id(), said -> {
                Particulars changed = wanted.containsKey("description")
                        ? said.withDescription(wanted.getString("description"))
                        : said;
                return hostname == null ? changed : changed.withHostname(hostname);
            });
        }
        String name = wanted.getString("name");
        if (name != null) {
            instance = instances.rename(instance.id(), name.strip());
        }
        return Reply.ok(new JsonObject()
                .put("server", one(call, instance, call.version().atLeast(FULL_AFTER_UPDATE))));
    }

    /** Answers as an update does, and besides with what was written, to everybody, from the version on that takes it. */
    private Reply rebuild(Call call, Instance instance) {
        Instances.Rebuild wanted = RebuildRequest.read(call, books.keyPairs());
        books.images().bring(call, wanted.image());
        Instance now = instances.rebuild(instance.id(), wanted, call.caller().actor());
        JsonObject server = one(call, now, call.version().atLeast(FULL_AFTER_UPDATE));
        if (call.version().atLeast(54)) {
            server.put("key_name", now.particulars().keyName());
        }
        if (call.version().atLeast(57)) {
            server.put("user_data", instances.userData(List.of(now.id())).get(now.id()));
        }
        return Reply.of(202, new JsonObject().put("server", server))
                .with("Location", call.baseUrl() + "/v2.1/servers/" + now.id());
    }

    private Reply delete(Call call) {
        Instance instance = mine(call);
        ServerActions.requireUnlocked(call, instance);
        instances.delete(instance.id(), call.caller().actor());
        return Reply.empty(204);
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
        Instance instance = unlocked(call);
        Map<String, String> wanted = strings(call.body().getJsonObject("metadata"));
        Instance changed = merge ? merged(instance, wanted) : instances.setMetadata(instance.id(), wanted);
        return Reply.ok(new JsonObject().put("metadata", ServerView.strings(changed.metadata())));
    }

    private Reply showMeta(Call call) {
        String key = call.path("key");
        return Reply.ok(meta(key, requireMeta(mine(call), key)));
    }

    private Reply setMeta(Call call) {
        Instance instance = unlocked(call);
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
        Instance instance = unlocked(call);
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

    private Instance unlocked(Call call) {
        Instance instance = mine(call);
        ServerActions.requireUnlocked(call, instance);
        return instance;
    }

    private Instance tagged(Call call) {
        call.version().requireBetween(26, Integer.MAX_VALUE);
        return mine(call);
    }

    private ServerView view(Call call, boolean detail, List<Instance> shown) {
        Map<FlavorId, Flavor> flavors = detail && call.version().atLeast(47)
                ? catalog.flavors().stream().collect(Collectors.toMap(Flavor::id, Function.identity()))
                : Map.of();
        boolean admin = detail && call.caller().isAdmin();
        // Only administrators are shown them, so only for them they are read.
        Map<HostId, String> hostStatus = admin && call.version().atLeast(16)
                ? hosts.list().stream().collect(Collectors.toMap(ComputeHost::id, states::hostStatus))
                : Map.of();
        Map<InstanceId, String> userData = admin && call.version().atLeast(3)
                ? instances.userData(shown.stream().map(Instance::id).toList())
                : Map.of();
        return new ServerView(call.caller(), call.version(), call.baseUrl(), flavors, hostStatus, userData);
    }

    /** A member sees its project; an administrator too, unless it asks for all or for another. */
    private static @Nullable ProjectId scope(Call call) {
        boolean all = call.flag("all_tenants");
        String other = call.query("project_id") == null ? call.query("tenant_id") : call.query("project_id");
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

    static ApiFault notFound(String id) {
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
