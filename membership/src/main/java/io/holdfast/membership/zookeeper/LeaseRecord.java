package io.holdfast.membership.zookeeper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.membership.HostRegistration;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a lease and in a host's record.
 *
 * @param left whether the session took its leave on purpose
 * @param confirmed how often this session has had its lease confirmed, in a host's record; 0 for an agent that has no need to, or
 *     that is of a version which did not show it
 */
public record LeaseRecord(HostRegistration registration, boolean left, long confirmed) {

    private static final ObjectMapper JSON = new ObjectMapper();

    LeaseRecord(HostRegistration registration, boolean left) {
        this(registration, left, 0);
    }

    byte[] encode() {
        ObjectNode node = JSON.createObjectNode();
        node.put("version", 1);
        node.put("host", registration.host().value());
        node.put("segment", registration.segment().value());
        node.put("zone", registration.zone());
        node.put("bootId", registration.bootId());
        node.put("agentSession", registration.agentSession());
        node.put("address", registration.address());
        node.put("port", registration.port());
        node.put("vcpus", registration.capacity().vcpus());
        node.put("memoryMib", registration.capacity().memoryMib());
        node.put("diskGib", registration.capacity().diskGib());
        node.put("failureDomains", registration.domains().toString());
        node.put("supervisorPort", registration.supervisorPort());
        SelfFenceTerms selfFence = registration.selfFence();
        if (selfFence != null) {
            node.put("selfFence", selfFence.toString());
        }
        if (!registration.topology().equals(HostTopology.NONE)) {
            node.put("topology", registration.topology().toString());
        }
        node.put("left", left);
        if (confirmed > 0) {
            node.put("confirmed", confirmed);
        }
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values cannot be written", impossible);
        }
    }

    /**
     * Reads a record; unknown fields are for newer versions and are passed over.
     *
     * @throws IOException when it cannot be read
     */
    static LeaseRecord decode(byte @Nullable [] data) throws IOException {
        if (data == null || data.length == 0) {
            throw new IOException("not a lease record: no data");
        }
        JsonNode node = JSON.readTree(data);
        try {
            HostRegistration registration = new HostRegistration(
                    HostId.of(text(node, "host")),
                    SegmentId.of(text(node, "segment")),
                    text(node, "zone"),
                    text(node, "bootId"),
                    text(node, "agentSession"),
                    text(node, "address"),
                    node.path("port").asInt(),
                    new Resources(
                            node.path("vcpus").asInt(),
                            node.path("memoryMib").asInt(),
                            node.path("diskGib").asInt()),
                    // An agent of the release before has not these fields.
                    FailureDomains.parse(node.path("failureDomains").asText("")),
                    node.path("supervisorPort").asInt(0),
                    selfFence(node.path("selfFence").asText("")),
                    topology(node.path("topology").asText("")));
            return new LeaseRecord(
                    registration,
                    node.path("left").asBoolean(false),
                    node.path("confirmed").asLong(0));
        } catch (IllegalArgumentException malformed) {
            throw new IOException("not a lease record: " + malformed.getMessage(), malformed);
        }
    }

    /** What cannot be understood is as good as not said: from such a host nobody waits for a reset by itself. */
    private static @Nullable SelfFenceTerms selfFence(String text) {
        try {
            return text.isEmpty() ? null : SelfFenceTerms.parse(text);
        } catch (IllegalArgumentException notUnderstood) {
            return null;
        }
    }

    /** A host whose cells cannot be understood still serves whoever floats. */
    private static HostTopology topology(String text) {
        try {
            return HostTopology.parse(text);
        } catch (IllegalArgumentException notUnderstood) {
            return HostTopology.NONE;
        }
    }

    /** Whether the bytes are a record of that agent session. */
    static boolean isOf(byte[] data, String agentSession) {
        try {
            return decode(data).registration().agentSession().equals(agentSession);
        } catch (IOException notReadable) {
            // Not ours, then: ours can be read.
            return false;
        }
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isTextual()) {
            throw new IllegalArgumentException("field '" + field + "' is missing");
        }
        return value.asText();
    }
}
