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
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/**
 * A state as a document. The names of its types are written down one by one, so that renaming a class does not make
 * yesterday's rows unreadable.
 */
final class Documents<T> {

    private final Class<T> type;
    private final String what;
    private final ObjectMapper json;

    /**
     * @param what one of them is called, for people
     * @param families interfaces whose implementations are told apart by the word {@code state}
     * @param words those implementations, with their words
     */
    Documents(Class<T> type, String what, List<Class<?>> families, NamedType... words) {
        this.type = type;
        this.what = what;
        SimpleModule module = new SimpleModule("recovery");
        text(module, CaseId.class, CaseId::parse);
        text(module, HostId.class, HostId::of);
        text(module, SegmentId.class, SegmentId::of);
        text(module, InstanceId.class, InstanceId::parse);
        text(module, ProjectId.class, ProjectId::of);
        text(module, HostEpoch.class, value -> HostEpoch.of(Long.parseLong(value)));
        text(module, Generation.class, value -> Generation.of(Long.parseLong(value)));
        families.forEach(family -> module.setMixInAnnotation(family, ByState.class));
        module.registerSubtypes(words);
        json = JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .addModule(module)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                .build();
    }

    String write(T state) {
        try {
            return json.writeValueAsString(state);
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException(what + " cannot be written as a document: " + state, bug);
        }
    }

    T read(String document) {
        try {
            return json.readValue(document, type);
        } catch (JsonProcessingException damaged) {
            throw new IllegalStateException(
                    what + " in the database cannot be read; it may be of a newer release: "
                            + damaged.getOriginalMessage(),
                    damaged);
        }
    }

    private static <V> void text(SimpleModule module, Class<V> type, Function<String, V> parse) {
        module.addSerializer(type, ToStringSerializer.instance);
        module.addDeserializer(type, new Parsed<>(type, parse));
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "state")
    private interface ByState {}

    private static final class Parsed<V> extends StdDeserializer<V> {

        private static final long serialVersionUID = 1L;

        private final transient Function<String, V> parse;

        Parsed(Class<V> type, Function<String, V> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public V deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return parse.apply(parser.getText());
        }
    }
}
