/*
 * JUnit XML, as Jenkins and GitLab read it: a test suite a class, a test case a cell; a
 * cell that surprises is a failure, one whose tool broke an error.
 */
#ifndef HZ_JUNIT_H
#define HZ_JUNIT_H

#include "report/matrix.h"

/* Writes to an open descriptor (and leaves it open). False if it could not be written whole. */
bool hz_junit_write(int fd, const struct hz_stream *stream, const struct hz_matrix *matrix,
                    struct hz_error *error);

#endif
