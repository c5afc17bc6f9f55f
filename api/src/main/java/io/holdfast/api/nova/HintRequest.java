package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.PlacementHints;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ServerGroupId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a request for a new server asks about where it runs. A hint that is not known is refused by its name, other than in Nova:
 * whoever sends one, or misspells one, would believe that it was followed.
 *
 * @param group the server group that it is made in, or null
 */
record HintRequest(@Nullable ServerGroupId group, PlacementHints hints) {

    private static final List<String> FIELDS = List.of("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints");
    private static final String KNOWN = Arrays.stream(SchedulerHint.values())
            .map(SchedulerHint::word)
            .collect(Collectors.joining("', '", "'", "'"));

    static HintRequest read(Call call, ServerGroups groups, Instances instances, Hosts hosts) {
        Map<SchedulerHint, Object> said = said(call);
        if (said.isEmpty()) {
            return new HintRequest(null, PlacementHints.NONE);
        }
        Object named = said.get(SchedulerHint.GROUP);
        ServerGroup group = named == null
                ? null
                : ServerGroupsProxy.find(groups, named.toString(), call.caller().project());
        Set<InstanceId> same = servers(call, instances, SchedulerHint.SAME_HOST, said);
        Set<InstanceId> different = servers(call, instances, SchedulerHint.DIFFERENT_HOST, said);
        if (same.stream().anyMatch(different::contains)) {
            throw refused(SchedulerHint.DIFFERENT_HOST, "names a server that same_host names, too");
        }
        return new HintRequest(
                group == null ? null : group.id(),
                new PlacementHints(same, different, spread(hosts, group, said), sameProject(said)));
    }

    private static boolean sameProject(Map<SchedulerHint, Object> said) {
        Object value = said.get(SchedulerHint.SAME_PROJECT);
        return value != null
                && SchedulerHint.flag(value.toString())
                        .orElseThrow(() -> refused(SchedulerHint.SAME_PROJECT, "must be true or false"));
    }

    private static Map<SchedulerHint, Object> said(Call call) {
        Map<SchedulerHint, Object> said = new EnumMap<>(SchedulerHint.class);
        for (String field : FIELDS) {
            JsonObject wanted = call.body().getJsonObject(field);
            if (wanted == null) {
                continue;
            }
            for (String word : wanted.fieldNames()) {
                SchedulerHint hint = SchedulerHint.of(word)
                        .orElseThrow(() -> CreateRequest.refused(
                                field, "takes the hints " + KNOWN + "; '" + word + "' is not known"));
                Object value = wanted.getValue(word);
                if (value != null) {
                    said.put(hint, value);
                }
            }
        }
        return said;
    }

    private static Set<InstanceId> servers(
            Call call, Instances instances, SchedulerHint hint, Map<SchedulerHint, Object> said) {
        Set<InstanceId> servers = new LinkedHashSet<>();
        for (String text : texts(hint, said.get(hint))) {
            servers.add(Servers.id(text, InstanceId::parse)
                    .flatMap(instances::find)
                    .filter(one -> one.project().equals(call.caller().project()) && one.goal() != InstanceGoal.DELETED)
                    .map(Instance::id)
                    .orElseThrow(() -> refused(hint, "names the server " + text + ", which could not be found")));
        }
        return servers;
    }

    private static Set<String> spread(Hosts hosts, @Nullable ServerGroup group, Map<SchedulerHint, Object> said) {
        Set<String> kinds = new LinkedHashSet<>();
        for (String text : texts(SchedulerHint.SPREAD, said.get(SchedulerHint.SPREAD))) {
            kinds.addAll(Arrays.asList(text.split(",", -1)));
        }
        if (kinds.isEmpty()) {
            return kinds;
        }
        if (group == null) {
            throw refused(SchedulerHint.SPREAD, "is about the members of a server group; name it by the hint group");
        }
        if (group.policy() == GroupPolicy.AFFINITY) {
            throw refused(
                    SchedulerHint.SPREAD, "cannot be kept in group " + group.name() + ", whose members share a host");
        }
        Set<String> declared = hosts.list().stream()
                .flatMap(host -> host.domains().names().keySet().stream())
                .collect(Collectors.toSet());
        for (String kind : kinds) {
            if (!declared.contains(kind)) {
                throw refused(SchedulerHint.SPREAD, "names '" + kind + "', a failure domain that no host declares");
            }
        }
        return kinds;
    }

    private static List<String> texts(SchedulerHint hint, @Nullable Object value) {
        List<?> all = switch (value) {
            case null -> List.of();
            case String one -> List.of(one);
            case JsonArray many -> many.getList();
            default -> throw refused(hint, "must be a text or a list of texts");
        };
        if (all.size() > SchedulerHint.NAMED_MAX) {
            throw refused(hint, "must have at most " + SchedulerHint.NAMED_MAX + " items, has " + all.size());
        }
        if (!all.stream().allMatch(String.class::isInstance)) {
            throw refused(hint, "must be a text or a list of texts");
        }
        return all.stream().map(String.class::cast).toList();
    }

    private static ApiFault refused(SchedulerHint hint, String why) {
        return CreateRequest.refused(hint.word(), why);
    }
}
