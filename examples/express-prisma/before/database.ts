import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaClient } from './generated/client.ts';

export const client = new PrismaClient({
  adapter: new PrismaLibSql({ url: `file:${process.env.DATABASE ?? 'app.db'}` }),
});
