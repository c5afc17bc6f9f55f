package io.holdfast.server.demo;

import io.holdfast.model.InstanceId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The six guests of the story, and what each may expect. */
final class Cast {

    /**
     * @param expectation {@code automatic} is moved; {@code notify} and {@code none} are not
     */
    record Role(String name, String project, List<String> tags, String expectation) {}

    static final List<Role> ROLES = List.of(
            new Role("web-1", Cluster.SHOP, List.of("automatic-recovery"), "automatic"),
            new Role("web-2", Cluster.SHOP, List.of("automatic-recovery"), "automatic"),
            new Role("db-1", Cluster.SHOP, List.of("automatic-recovery"), "automatic"),
            new Role("cache-1", Cluster.SHOP, List.of("automatic-recovery"), "automatic"),
            new Role("vnf-1", Cluster.NFV, List.of("notify"), "notify"),
            new Role("scratch-1", Cluster.SHOP, List.of(), "none"));

    private final Map<Role, InstanceId> instances = new LinkedHashMap<>();

    void play(Role role, InstanceId id) {
        instances.put(role, id);
    }

    Map<Role, InstanceId> all() {
        return instances;
    }

    List<InstanceId> ids() {
        return List.copyOf(instances.values());
    }

    Map<Role, InstanceId> expecting(String expectation) {
        Map<Role, InstanceId> matching = new LinkedHashMap<>();
        instances.forEach((role, id) -> {
            if (role.expectation.equals(expectation)) {
                matching.put(role, id);
            }
        });
        return matching;
    }

    /** The names people see instead of ids, wherever an id stands in a text. */
    String named(String text) {
        String named = text;
        for (Map.Entry<Role, InstanceId> entry : new ArrayList<>(instances.entrySet())) {
            named = named.replace("instance/" + entry.getValue(), entry.getKey().name());
            named = named.replace(entry.getValue().toString(), entry.getKey().name());
        }
        return named.replace("host/", "");
    }
}
