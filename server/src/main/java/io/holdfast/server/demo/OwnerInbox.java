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

    @Override
    void close();

    record Told(Instant at, String type, String subject) {}
}
