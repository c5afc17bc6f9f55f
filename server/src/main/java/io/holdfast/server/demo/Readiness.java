package io.holdfast.server.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.model.HostId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether hosts are as they were before any of them failed. Pure. */
final class Readiness {

    private Readiness() {}

    /**
     * What is not as it was, for people; empty when everything is.
     *
     * @param stage the hosts that there are to be
     * @param told what the API says of all hosts
     */
    static List<String> problems(List<HostId> stage, List<JsonNode> told) {
        Map<String, JsonNode> byName = new HashMap<>();
        told.forEach(host -> byName.put(host.path("name").asText(), host));
        List<String> problems = new ArrayList<>();
        for (HostId host : stage) {
            JsonNode found = byName.get(host.value());
            if (found == null) {
                problems.add(host + " is not known");
            } else {
                problems.addAll(problems(host, found));
            }
        }
        return problems;
    }

    private static List<String> problems(HostId host, JsonNode found) {
        List<String> problems = new ArrayList<>();
        String state = found.path("state").asText();
        String health = found.path("health").asText();
        if (!state.equals("SERVING") || !health.equals("ALIVE")) {
            problems.add(host + " is " + state + "/" + health);
        }
        if (found.hasNonNull("quarantine")) {
            problems.add(host + " is in quarantine: " + found.path("quarantine").asText());
        }
        if (found.hasNonNull("caseId")) {
            problems.add(host + " has an open case, " + found.path("caseId").asText());
        }
        // Whatever else keeps instances away: a maintenance, an operator who disabled it.
        if (problems.isEmpty() && !found.path("takesClaims").asBoolean()) {
            problems.add(host + " takes no instances");
        }
        return problems;
    }
}
