package io.holdfast.stories;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.model.HostId;
import java.util.List;

/**
 * What {@code holdfast fence check --json} has said of some hosts.
 *
 * @param exitCode 0 if each has a level that works
 */
record FenceChecks(int exitCode, String text) {

    static FenceChecks of(LabCluster.Told told) {
        return new FenceChecks(told.exitCode(), told.text());
    }

    /** Whether all of them were checked. */
    boolean areWhole() {
        return !text.contains("\"notChecked\"");
    }

    /** What was found of the host: whether any level works, and each finding in words. */
    JsonNode of(HostId host) {
        return LabCluster.stream(answer().path("hosts"))
                .filter(one -> one.path("host").asText().equals(host.value()))
                .map(one -> one.path("fenceCheck"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing is said of " + host + ": " + text));
    }

    /** What was found on one subject, device by device, each with its grade. */
    List<String> found(HostId host, String subject) {
        return LabCluster.stream(of(host).path("levels"))
                .flatMap(level -> LabCluster.stream(level.path("devices")))
                .flatMap(device -> LabCluster.stream(device.path("findings")))
                .filter(finding -> finding.path("subject").asText().equals(subject))
                .map(finding -> finding.path("grade").asText() + ", "
                        + finding.path("text").asText())
                .toList();
    }

    private JsonNode answer() {
        String line = text.lines()
                .filter(each -> each.startsWith("{"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no answer in: " + text));
        try {
            return Api.JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }
}
