package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.nova.SchedulerHint;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.PlacementHints;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.model.FlavorId;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.recovery.ScheduleExplainer;
import io.holdfast.recovery.ScheduleExplainer.Question;
import io.holdfast.scheduler.Explanation;
import io.holdfast.scheduler.Placement;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where an instance would be placed now, and what each filter and each weigher says of each host. Claims nothing. */
public final class ScheduleView {

    private static final String SAME_HOST = SchedulerHint.SAME_HOST.word();
    private static final String DIFFERENT_HOST = SchedulerHint.DIFFERENT_HOST.word();
    private static final String SAME_PROJECT = SchedulerHint.SAME_PROJECT.word();
    private static final String SPREAD = SchedulerHint.SPREAD.word();

    /** What one that there is has of its own. */
    private static final List<String> OF_NEW =
            List.of("group", "zone", "image", SAME_HOST, DIFFERENT_HOST, SAME_PROJECT, SPREAD);

    private static final List<String> KNOWN = Stream.concat(Stream.of("flavor", "instance", "host"), OF_NEW.stream())
            .toList();

    private final ScheduleExplainer explainer;
    private final Catalog catalog;
    private final Instances instances;
    private final ServerGroups groups;

    public ScheduleView(ScheduleExplainer explainer, Catalog catalog, Instances instances, ServerGroups groups) {
        this.explainer = explainer;
        this.catalog = catalog;
        this.instances = instances;
        this.groups = groups;
    }

    public Map<String, Operation> operations() {
        return Map.of("explainSchedule", this::explain, "listScheduleHints", ScheduleView::hints);
    }

    private static Reply hints(Call call) {
        JsonArray hints = new JsonArray();
        for (SchedulerHint hint : SchedulerHint.values()) {
            hints.add(hint.view());
        }
        return Reply.ok(new JsonObject().put("hints", hints));
    }

    private Reply explain(Call call) {
        // A hint that is misspelt would be taken for one that nobody has anything against.
        for (String name : call.asked().names()) {
            if (!KNOWN.contains(name)) {
                throw ApiFault.badRequest(
                        "'" + name + "' is neither a parameter of this question nor a hint; known are "
                                + String.join(", ", KNOWN) + ".");
            }
        }
        String flavor = call.query("flavor");
        String instance = call.query("instance");
        Question question;
        if (flavor != null && instance == null) {
            Flavor size = flavor(flavor);
            question = Question.ofNew(
                    size.resources(),
                    call.query("zone"),
                    host(call.query("host")),
                    groupId(call),
                    wanted(call),
                    wish(size, call.query("image")),
                    size.extraSpecs().get(PlacementTerms.POLICY),
                    call.caller().project());
        } else if (instance != null && flavor == null && OF_NEW.stream().allMatch(word -> call.query(word) == null)) {
            Instance found = found(instance);
            question = Question.of(found.id(), found.home(), found.resources(), found.zone(), host(call.query("host")));
        } else {
            throw ApiFault.badRequest(
                    "Name a flavor, with an image, a zone, a host, a group and hints if you like; or an instance,"
                            + " with a host if you like: it has a size, an image, a zone, a group and hints of its own.");
        }
        return Reply.ok(new JsonObject().put("explanation", view(question, explainer.explain(question))));
    }

    private PlacementHints wanted(Call call) {
        Set<InstanceId> same = servers(call, SAME_HOST);
        Set<InstanceId> different = servers(call, DIFFERENT_HOST);
        if (same.stream().anyMatch(different::contains)) {
            throw ApiFault.badRequest(DIFFERENT_HOST + " names a server that " + SAME_HOST + " names, too.");
        }
        Set<String> spread = words(call, SPREAD);
        ServerGroup group = group(call.query("group"));
        if (!spread.isEmpty() && group == null) {
            throw ApiFault.badRequest(SPREAD + " is about the members of a server group; name it by group.");
        }
        if (!spread.isEmpty() && group != null && group.policy() == GroupPolicy.AFFINITY) {
            throw ApiFault.badRequest(
                    SPREAD + " cannot be kept in group " + group.name() + ", whose members share a host.");
        }
        try {
            return new PlacementHints(same, different, spread, sameProject(call));
        } catch (IllegalArgumentException no) {
            throw ApiFault.badRequest(SPREAD + ": " + no.getMessage() + ".");
        }
    }

    private static boolean sameProject(Call call) {
        String said = call.query(SAME_PROJECT);
        return said != null
                && SchedulerHint.flag(said)
                        .orElseThrow(() -> ApiFault.badRequest(SAME_PROJECT + " must be true or false."));
    }

    private Set<InstanceId> servers(Call call, String hint) {
        return words(call, hint).stream().map(text -> found(text).id()).collect(Collectors.toSet());
    }

    private static Set<String> words(Call call, String hint) {
        String said = call.query(hint);
        Set<String> words = said == null ? Set.of() : new LinkedHashSet<>(Arrays.asList(said.split(",", -1)));
        if (words.size() > SchedulerHint.NAMED_MAX) {
            throw ApiFault.badRequest(hint + " must have at most " + SchedulerHint.NAMED_MAX + " items.");
        }
        return words;
    }

    private Flavor flavor(String flavor) {
        return id(flavor, FlavorId::new)
                .flatMap(catalog::flavor)
                .orElseThrow(() -> ApiFault.notFound("Flavor " + flavor + " could not be found."));
    }

    /** As it is kept with an instance that is made of them now. */
    private HostWish wish(Flavor flavor, @Nullable String image) {
        Map<String, String> properties = image == null
                ? Map.of()
                : id(image, ImageId::parse)
                        .flatMap(catalog::image)
                        .orElseThrow(() -> ApiFault.notFound("Image " + image + " could not be found."))
                        .properties();
        return HostWish.of(flavor.extraSpecs(), properties);
    }

    private Instance found(String instance) {
        return id(instance, InstanceId::parse)
                .flatMap(instances::find)
                .filter(one -> one.goal() != InstanceGoal.DELETED)
                .orElseThrow(() -> NamedInstances.notFound(instance));
    }

    private static @Nullable HostId host(@Nullable String name) {
        // One that is not known is no mistake here: the answer says that nobody knows it.
        return name == null
                ? null
                : id(name, HostId::of).orElseThrow(() -> ApiFault.badRequest("No host can be called " + name + "."));
    }

    private @Nullable ServerGroupId groupId(Call call) {
        ServerGroup group = group(call.query("group"));
        return group == null ? null : group.id();
    }

    private @Nullable ServerGroup group(@Nullable String group) {
        return group == null
                ? null
                : id(group, ServerGroupId::parse)
                        .flatMap(groups::find)
                        .orElseThrow(() -> ApiFault.notFound("Server group " + group + " could not be found."));
    }

    private static <T> Optional<T> id(String text, Function<String, T> parse) {
        try {
            return Optional.of(parse.apply(text));
        } catch (IllegalArgumentException no) {
            return Optional.empty();
        }
    }

    private static JsonObject view(Question question, Explanation explained) {
        JsonArray hosts = new JsonArray();
        explained.hosts().forEach(host -> hosts.add(host(host)));
        InstanceId instance = question.instance();
        return new JsonObject()
                .put("instance", instance == null ? null : instance.toString())
                .put(
                        "wants",
                        new JsonObject()
                                .put("vcpus", question.wants().vcpus())
                                .put("memoryMib", question.wants().memoryMib())
                                .put("diskGib", question.wants().diskGib()))
                .put("zone", question.zone())
                .put("policy", explained.policy())
                .put(
                        "chosen",
                        switch (explained.placement()) {
                            case Placement.Placed placed -> placed.host().value();
                            case Placement.NoValidHost none -> null;
                        })
                .put("hosts", hosts);
    }

    private static JsonObject host(Explanation.OfHost host) {
        JsonArray filters = new JsonArray();
        host.filters()
                .forEach(word -> filters.add(
                        new JsonObject().put("filter", word.filter()).put("objection", word.objection())));
        JsonObject points = new JsonObject();
        host.points().forEach(points::put);
        return new JsonObject()
                .put("host", host.host().value())
                .put("eligible", host.isEligible())
                .put("filters", filters)
                .put("points", points)
                .put("total", host.total());
    }
}
