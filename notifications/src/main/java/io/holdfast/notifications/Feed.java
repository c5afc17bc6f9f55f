package io.holdfast.notifications;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The facts as a stream that can be taken up again where it was left. */
public interface Feed {

    /**
     * Facts with a number above {@code after}, oldest first; of one project, as it may see them, or all when it is null.
     */
    List<Numbered> after(long after, @Nullable ProjectId project, int limit);

    /** The newest number that there is; zero for none. Whoever reads the world after this and the feed from it misses nothing. */
    long newest();

    /**
     * Calls the consumer for every fact from now on, those told from memory with number -1 at once and again with their
     * number when they are durable. The consumer must not block.
     */
    AutoCloseable listen(@Nullable ProjectId project, Consumer<Numbered> consumer);

    /** @param number the place in the feed; rises in the order in which facts become visible, never reused */
    record Numbered(long number, Fact fact) {}
}
