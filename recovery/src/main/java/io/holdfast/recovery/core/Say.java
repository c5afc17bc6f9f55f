package io.holdfast.recovery.core;

import io.holdfast.compute.SayAnswer;
import io.holdfast.model.HostId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That the consumer of an instance is asked what shall become of it, and what came of that.
 *
 * @param until when {@code otherwise} is done if nobody has answered; set once, when the case took the instance up after its
 *     host was proven isolated, so that another leader goes on with the same wait
 * @param source who wants it asked: {@code instance} or {@code group}
 * @param answered what is acted on, or null while it is waited for
 */
public record Say(
        Instant until,
        SayAnswer otherwise,
        String source,
        @Nullable Answered answered) {

    /**
     * @param only the one host that was named, or null
     * @param by who answered, for people; of an answer that nobody gave, what stands for it
     */
    public record Answered(SayAnswer answer, @Nullable HostId only, String by, Instant at) {

        boolean says(SayAnswer otherAnswer, @Nullable HostId otherHost) {
            return answer == otherAnswer && java.util.Objects.equals(only, otherHost);
        }

        String words() {
            return answer.word() + (only == null ? "" : " on " + only);
        }
    }

    Say with(@Nullable Answered answer) {
        return new Say(until, otherwise, source, answer);
    }
}
