package io.holdfast.server.demo;

import java.time.Instant;
import java.util.List;

/** The webhook receiver of an instance's owner. */
interface OwnerInbox extends AutoCloseable {

    String url();

    String secret();

    /** Everything received with a right signature, in order of arrival. */
    List<Told> told();

    /** How many deliveries had a wrong signature. */
    int refused();

    void clear();

    /** Receives something of no meaning: a real owner's receiver has been running for weeks when the notice comes. */
    void warmUp();

    @Override
    void close();

    record Told(Instant at, String type, String subject) {}
}
