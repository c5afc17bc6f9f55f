package io.holdfast.server.demo;

import io.holdfast.model.InstanceId;
import io.holdfast.server.cli.CommandFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What the story has put into the cluster and takes out again: guests and webhooks. What resists is tried again later. */
final class Props {

    private final Cluster cluster;
    private final Map<InstanceId, String> guests = new HashMap<>();
    private final Set<String> webhooks = new HashSet<>();

    Props(Cluster cluster) {
        this.cluster = cluster;
    }

    /** @param project whose it is */
    void guest(InstanceId id, String project) {
        guests.put(id, project);
    }

    void webhook(String id) {
        webhooks.add(id);
    }

    /** Orders that everything be taken away; returns what could not even be ordered. One that will not go keeps no other. */
    List<String> strike() {
        List<String> problems = new ArrayList<>();
        for (String id : List.copyOf(webhooks)) {
            try {
                cluster.unsubscribe(Cluster.NFV, id);
                webhooks.remove(id);
            } catch (CommandFailure e) {
                problems.add("webhook " + id + ": " + e.getMessage());
            }
        }
        Set<InstanceId> there = there();
        guests.keySet().retainAll(there);
        guests.forEach((id, project) -> {
            try {
                cluster.deleteServer(project, id);
            } catch (CommandFailure e) {
                problems.add("instance " + id + ": " + e.getMessage());
            }
        });
        return problems;
    }

    /** What is still in the cluster. */
    List<String> left() {
        Set<InstanceId> there = guests.isEmpty() ? Set.of() : there();
        guests.keySet().retainAll(there);
        List<String> left = new ArrayList<>();
        webhooks.forEach(id -> left.add("webhook " + id + " is there"));
        guests.keySet().forEach(id -> left.add("instance " + id + " is there"));
        return left;
    }

    private Set<InstanceId> there() {
        return cluster.servers().stream()
                .map(server -> InstanceId.parse(server.path("id").asText()))
                .collect(Collectors.toSet());
    }
}
