package io.holdfast.recovery.store;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.holdfast.model.CaseId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import java.io.IOException;
import java.util.function.Function;

/**
 * Cases as documents. The names of types are written down here, one by one, so that renaming a class does not make
 * yesterday's cases unreadable.
 */
public final class CaseDocuments {

    private final ObjectMapper json;

    public CaseDocuments() {
        SimpleModule words = new SimpleModule("recovery-case");
        text(words, CaseId.class, CaseId::parse);
        text(words, HostId.class, HostId::of);
        text(words, SegmentId.class, SegmentId::of);
        text(words, InstanceId.class, InstanceId::parse);
        text(words, ProjectId.class, ProjectId::of);
        text(words, HostEpoch.class, value -> HostEpoch.of(Long.parseLong(value)));
        text(words, Generation.class, value -> Generation.of(Long.parseLong(value)));
        words.setMixInAnnotation(Phase.class, ByState.class);
        words.setMixInAnnotation(MoveState.class, ByState.class);
        words.setMixInAnnotation(MoveState.Active.class, ByState.class);
        words.registerSubtypes(
                new NamedType(Phase.Held.class, "HELD"),
                new NamedType(Phase.Condemned.class, "CONDEMNED"),
                new NamedType(Phase.Confirming.class, "CONFIRMING"),
                new NamedType(Phase.Fencing.class, "FENCING"),
                new NamedType(Phase.FenceBackoff.class, "FENCE_BACKOFF"),
                new NamedType(Phase.NeedsOperator.class, "NEEDS_OPERATOR"),
                new NamedType(Phase.Fenced.class, "FENCED"),
                new NamedType(Phase.Evacuating.class, "EVACUATING"),
                new NamedType(Phase.Pardoning.class, "PARDONING"),
                new NamedType(Phase.Recovered.class, "RECOVERED"),
                new NamedType(Phase.Pardoned.class, "PARDONED"),
                new NamedType(Phase.Abandoned.class, "ABANDONED"),
                new NamedType(MoveState.Waiting.class, "WAITING"),
                new NamedType(MoveState.Placed.class, "PLACED"),
                new NamedType(MoveState.Claimed.class, "CLAIMED"),
                new NamedType(MoveState.Starting.class, "STARTING"),
                new NamedType(MoveState.Silent.class, "SILENT"),
                new NamedType(MoveState.Withdrawing.class, "WITHDRAWING"),
                new NamedType(MoveState.Retrying.class, "RETRYING"),
                new NamedType(MoveState.NeedsOperator.class, "NEEDS_OPERATOR"),
                new NamedType(MoveState.Running.class, "RUNNING"),
                new NamedType(MoveState.Notified.class, "NOTIFIED"),
                new NamedType(MoveState.Left.class, "LEFT"),
                new NamedType(MoveState.Gone.class, "GONE"),
                new NamedType(MoveState.Superseded.class, "SUPERSEDED"),
                new NamedType(MoveState.HomeReturned.class, "HOME_RETURNED"));
        json = JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .addModule(words)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                .build();
    }

    public String write(CaseState state) {
        try {
            return json.writeValueAsString(state);
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException("case " + state.id() + " cannot be written as a document", bug);
        }
    }

    public CaseState read(String document) {
        try {
            return json.readValue(document, CaseState.class);
        } catch (JsonProcessingException damaged) {
            throw new IllegalStateException(
                    "a recovery case in the database cannot be read; it may be of a newer release: "
                            + damaged.getOriginalMessage(),
                    damaged);
        }
    }

    private static <T> void text(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addSerializer(type, ToStringSerializer.instance);
        module.addDeserializer(type, new Parsed<>(type, parse));
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "state")
    private interface ByState {}

    private static final class Parsed<T> extends StdDeserializer<T> {

        private static final long serialVersionUID = 1L;

        private final transient Function<String, T> parse;

        Parsed(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return parse.apply(parser.getText());
        }
    }
}
