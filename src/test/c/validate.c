/*
 * Asks many questions about one signed zone at one name server and has libunbound validate each
 * answer, in one process: unbound-host starts anew for every question.
 *
 *   validate ZONE PORT TRUST-ANCHOR <questions
 *
 * The server is on 127.0.0.1; the trust anchor is a DS or DNSKEY record in presentation form. A
 * question is a line "NAME TYPE-NUMBER". Each is answered by a line "VERDICT NAME TYPE-NUMBER WHY" in
 * the order of the questions; the verdict is secure, insecure, bogus or failed. Nothing is derived
 * from cached denials: every answer is what the server gave to its question.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unbound.h>

enum { AT_ONCE = 4 };

struct question {
  char name[1024];
  int type;
  char *verdict; /* NULL while it is being asked */
};

static int under_way;

static void *checked(void *memory) {
  if (!memory) {
    perror("validate");
    exit(2);
  }
  return memory;
}

static void must(int code, const char *what) {
  if (code) {
    fprintf(stderr, "validate: %s: %s\n", what, ub_strerror(code));
    exit(2);
  }
}

static void option(struct ub_ctx *context, char *name, char *value) {
  must(ub_ctx_set_option(context, name, value), name);
}

static void answered(void *data, int failure, struct ub_result *result) {
  struct question *question = data;
  const char *verdict = "failed";
  const char *why = failure ? ub_strerror(failure) : "";
  if (!failure && result->bogus) {
    verdict = "bogus";
    why = result->why_bogus ? result->why_bogus : "";
  } else if (!failure && result->rcode != 0 && result->rcode != 3) {
    why = result->rcode == 2 ? "SERVFAIL" : "an error of the server";
  } else if (!failure) {
    verdict = result->secure ? "secure" : "insecure";
  }
  size_t size = strlen(verdict) + strlen(question->name) + strlen(why) + 32;
  question->verdict = checked(malloc(size));
  snprintf(question->verdict, size, "%s %s %d %s", verdict, question->name, question->type, why);
  ub_resolve_free(result);
  under_way--;
}

static struct question *read_questions(size_t *count) {
  struct question *questions = NULL;
  struct question read = {.verdict = NULL};
  while (scanf("%1023s %d", read.name, &read.type) == 2) {
    questions = checked(realloc(questions, (*count + 1) * sizeof read));
    questions[(*count)++] = read;
  }
  return questions;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: validate ZONE PORT TRUST-ANCHOR <questions\n");
    return 2;
  }
  char server[64];
  snprintf(server, sizeof server, "127.0.0.1@%s", argv[2]);
  struct ub_ctx *context = checked(ub_ctx_create());
  option(context, "do-not-query-localhost:", "no");
  option(context, "aggressive-nsec:", "no");
  option(context, "qname-minimisation:", "no");
  /* A crowded machine is slow, and unbound would take it for dead. */
  option(context, "unknown-server-time-limit:", "5000");
  option(context, "infra-cache-min-rtt:", "5000");
  option(context, "unblock-lan-zones:", "yes");
  option(context, "insecure-lan-zones:", "no");
  must(ub_ctx_set_stub(context, argv[1], server, 0), "stub");
  must(ub_ctx_add_ta(context, argv[3]), "trust anchor");
  must(ub_ctx_async(context, 1), "thread");

  size_t count = 0;
  struct question *questions = read_questions(&count);
  for (size_t next = 0; next < count || under_way > 0;) {
    if (next < count && under_way < AT_ONCE) {
      struct question *question = &questions[next++];
      under_way++;
      must(ub_resolve_async(context, question->name, question->type, 1, question, answered, NULL),
           question->name);
    } else {
      struct pollfd ready = {.fd = ub_fd(context), .events = POLLIN};
      poll(&ready, 1, -1);
      must(ub_process(context), "answers");
    }
  }
  for (size_t i = 0; i < count; i++) {
    puts(questions[i].verdict);
    free(questions[i].verdict);
  }
  free(questions);
  ub_ctx_delete(context);
  return 0;
}
