package io.holdfast.server.demo;

import io.holdfast.model.HostId;

/** What is told again and again: the story, as those who repeat it see it. */
interface Play {

    /**
     * Makes everything as it was before anything ever failed, and waits until it is so.
     *
     * @param victim who fails next
     * @throws StoryFailure when it cannot be made so within its limit; the message says what is not as it was
     */
    void prepare(HostId victim);

    /** Tells it once. What goes wrong stands in the result. */
    RunResult tell(int run, HostId victim);
}
