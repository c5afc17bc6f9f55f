package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.notifications.core.Veil;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.SayView;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The say of those who run something on an instance: whether they are asked before anything is done about it, what they are
 * asked now, and what they answer. Another project's instances and groups are not there, and a project sees and names hosts as the
 * Compute API's {@code hostId}, an administrator by their names.
 */
public final class Says {

    private final Instances instances;
    private final Hosts hosts;
    private final ServerGroups groups;
    private final Recovery recovery;

    public Says(Instances instances, Hosts hosts, ServerGroups groups, Recovery recovery) {
        this.instances = instances;
        this.hosts = hosts;
        this.groups = groups;
        this.recovery = recovery;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listSays", this::list);
        table.put("showSay", call -> Reply.ok(ofInstance(call, NamedInstances.require(instances, call))));
        table.put("setSay", this::set);
        table.put("unsetSay", this::unset);
        table.put("answerSay", this::answer);
        table.put("showGroupSay", call -> Reply.ok(ofGroup(group(call))));
        table.put("setGroupSay", this::setOfGroup);
        table.put("unsetGroupSay", this::unsetOfGroup);
        table.put("recoverInstance", this::recover);
        return table;
    }

    private Reply list(Call call) {
        JsonArray says = new JsonArray();
        recovery.says().stream()
                .filter(say -> call.caller().mayKnow(say.project()))
                .forEach(say -> says.add(view(call, say)));
        return Reply.ok(new JsonObject().put("says", says));
    }

    private Reply answer(Call call) {
        Instance instance = NamedInstances.require(instances, call);
        JsonObject body = call.body();
        SayAnswer answer = SayAnswer.parse(body.getString("answer")).orElseThrow();
        String of = body.getString("case");
        CaseId asked = of == null ? null : id(of, CaseId::parse).orElseThrow(() -> noCase(of));
        HostId only = host(call, instance);
        SayView heard = veiled(
                call,
                () -> recovery.say(
                        instance.id(), answer, only, asked, call.caller().actor()));
        return Reply.of(202, new JsonObject().put("say", view(call, heard)));
    }

    private Reply set(Call call) {
        String word = TermsRule.word(terms(call.body()));
        Instance instance = unlocked(call);
        Instance now = instances.changeMetadata(instance.id(), there -> {
            Map<String, String> all = new HashMap<>(there);
            all.put(TermsRule.SAY, word);
            return all;
        });
        return Reply.ok(ofInstance(call, now));
    }

    private Reply unset(Call call) {
        Instance instance = unlocked(call);
        instances.changeMetadata(instance.id(), there -> {
            Map<String, String> rest = new HashMap<>(there);
            rest.remove(TermsRule.SAY);
            return rest;
        });
        return Reply.empty(204);
    }

    private Reply setOfGroup(Call call) {
        SayTerms terms = terms(call.body());
        if (!terms.asks()) {
            throw ApiFault.badRequest("seconds must be 1 or more; to take a group's say back, delete it");
        }
        return Reply.ok(
                ofGroup(groups.say(group(call).id(), terms, call.caller().actor())));
    }

    private Reply unsetOfGroup(Call call) {
        groups.say(group(call).id(), null, call.caller().actor());
        return Reply.empty(204);
    }

    private Reply recover(Call call) {
        Instance instance = unlocked(call);
        HostId only = host(call, instance);
        Recovery.EvacuationAnswer answer = veiled(
                call,
                () -> recovery.evacuate(
                        instance.id(), only, false, call.caller().actor()));
        return switch (answer) {
            case Recovery.EvacuationAnswer.Accepted(var caseId) ->
                Reply.of(202, new JsonObject().put("case", caseId.toString()));
            case Recovery.EvacuationAnswer.HostNotDown(String reason) ->
                throw ApiFault.conflict("Instance " + instance.id() + " is not recovered: " + words(call, reason));
            case Recovery.EvacuationAnswer.Conflict(String reason) -> throw ApiFault.conflict(words(call, reason));
            case Recovery.EvacuationAnswer.NotFound() ->
                throw NamedInstances.notFound(instance.id().toString());
        };
    }

    private static SayTerms terms(JsonObject body) {
        int seconds = body.getInteger("seconds");
        if (seconds == 0) {
            return SayTerms.NEVER;
        }
        return new SayTerms(
                Duration.ofSeconds(seconds),
                SayAnswer.parse(body.getString("default", SayAnswer.RECOVER.word()))
                        .orElseThrow());
    }

    /** The host that the caller names, in the way that it may know it. */
    private @Nullable HostId host(Call call, Instance instance) {
        String named = call.body().getString("host");
        if (named == null) {
            return null;
        }
        boolean admin = call.caller().isAdmin();
        return hosts.list().stream()
                .map(ComputeHost::id)
                .filter(host -> named.equals(admin ? host.value() : host.opaqueTo(instance.project())))
                .findFirst()
                .orElseThrow(() -> ApiFault.notFound("Host " + named + " could not be found."));
    }

    /** What is refused with a reason, refused in words that the caller may read. */
    private <T> T veiled(Call call, Supplier<T> ask) {
        try {
            return ask.get();
        } catch (ComputeException refused) {
            throw new ComputeException(refused.kind(), words(call, String.valueOf(refused.getMessage())));
        }
    }

    private String words(Call call, String text) {
        ProjectId reader = call.caller().scope();
        return reader == null
                ? text
                : Veil.text(
                        text,
                        reader,
                        hosts.list().stream().map(host -> host.id().value()).collect(Collectors.toSet()));
    }

    /** A lock keeps everybody from changing an instance but administrators; to answer changes nothing of it. */
    private Instance unlocked(Call call) {
        Instance instance = NamedInstances.require(instances, call);
        if (instance.particulars().lock() != null && !call.caller().isAdmin()) {
            throw ApiFault.conflict("Instance " + instance.id() + " is locked");
        }
        return instance;
    }

    private ServerGroup group(Call call) {
        String text = call.path("group");
        return id(text, ServerGroupId::parse)
                .flatMap(groups::find)
                .filter(group -> call.caller().mayKnow(group.project()))
                .orElseThrow(() -> ApiFault.notFound("Server group " + text + " could not be found."));
    }

    private static <T> Optional<T> id(String text, Function<String, T> parse) {
        try {
            return Optional.of(parse.apply(text));
        } catch (IllegalArgumentException no) {
            return Optional.empty();
        }
    }

    private static ApiFault noCase(String id) {
        return ApiFault.conflict("there is no case " + id);
    }

    private JsonObject ofInstance(Call call, Instance instance) {
        SayTerms own = TermsRule.read(instance.metadata()).say();
        SayTerms ofGroup =
                own == null ? groups.of(instance.id()).map(ServerGroup::say).orElse(null) : null;
        SayTerms counts = own == null ? ofGroup : own;
        JsonObject asked = recovery.says().stream()
                .filter(say -> say.instance().equals(instance.id()))
                .findFirst()
                .map(found -> view(call, found))
                .orElse(null);
        JsonObject say = terms(counts)
                .put("instance", instance.id().toString())
                .put("source", own != null ? "instance" : ofGroup != null ? "group" : null)
                .put("asked", asked);
        return new JsonObject().put("say", say);
    }

    private static JsonObject ofGroup(ServerGroup group) {
        return new JsonObject()
                .put("say", terms(group.say()).put("group", group.id().toString()));
    }

    private static JsonObject terms(@Nullable SayTerms terms) {
        JsonObject shown = new JsonObject();
        return terms != null && terms.asks()
                ? shown.put("asks", true)
                        .put("seconds", terms.within().toSeconds())
                        .put("default", terms.otherwise().word())
                : shown.put("asks", false).putNull("seconds").putNull("default");
    }

    private JsonObject view(Call call, SayView say) {
        ProjectId reader = call.caller().scope();
        String by = say.answeredBy();
        SayAnswer otherwise = say.otherwise();
        SayAnswer answer = say.answer();
        JsonObject shown = new JsonObject()
                .put("case", say.caseId().toString())
                .put("instance", say.instance().toString())
                .put("name", say.name())
                .put("state", say.state())
                .put("deadline", text(say.deadline()))
                .put("default", otherwise == null ? null : otherwise.word())
                .put("answer", answer == null ? null : answer.word())
                .put("answeredBy", by == null ? null : words(call, by))
                .put("answeredAt", text(say.answeredAt()))
                .put("reason", words(call, say.reason()));
        host(shown, "failedHost", say.failed(), reader);
        host(shown, "host", say.host(), reader);
        return shown;
    }

    private static void host(JsonObject into, String key, @Nullable HostId host, @Nullable ProjectId reader) {
        if (reader == null) {
            into.put(key, text(host));
        } else {
            into.put(key + "Id", host == null ? null : host.opaqueTo(reader));
        }
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
